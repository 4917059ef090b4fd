import { Component, type ReactNode } from 'react';
import { Trouble } from '../kit/index.ts';

interface Props {
  readonly children: ReactNode;
}

/** The last resort: a page that broke says so, and the rest stays. React knows this only as a class. */
export class Boundary extends Component<Props, { readonly reason: unknown }> {
  override state = { reason: null };

  static getDerivedStateFromError(reason: unknown) {
    return { reason };
  }

  override render() {
    return this.state.reason === null ? (
      this.props.children
    ) : (
      <Trouble reason={this.state.reason} retry={() => location.reload()} />
    );
  }
}
