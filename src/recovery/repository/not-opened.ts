/** An encrypted file that cannot be opened. */
export class NotOpened extends Error {
  readonly why: 'wrong key' | 'damaged';
  constructor(why: 'wrong key' | 'damaged', message: string) {
    super(message);
    this.name = 'NotOpened';
    this.why = why;
  }
}
