import './style/tokens.css';
import './style/base.css';
import './style/kit.css';
import './style/shell.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Boundary } from './app/boundary.tsx';
import { takeUpCode } from './app/login.tsx';
import { router } from './app/router.tsx';
import { queries } from './data/index.ts';

const place = document.getElementById('page');
if (place !== null) {
  await takeUpCode();
  createRoot(place).render(
    <StrictMode>
      <Boundary>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </Boundary>
    </StrictMode>,
  );
}
