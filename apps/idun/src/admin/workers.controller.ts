import { Controller, Get, Header, Inject, UseGuards } from '@nestjs/common';
import { ADMIN_OPTIONS, type AdminOptions } from './admin-options.js';
import { AdminGuard } from './admin.guard.js';
import { workerReport, type WorkerReport } from './worker-report.js';

const TIMEOUT_MS = 2_000;

@Controller('api/workers')
@UseGuards(AdminGuard)
export class WorkersController {
  constructor(@Inject(ADMIN_OPTIONS) private readonly options: AdminOptions) {}

  @Get()
  @Header('cache-control', 'no-store')
  async list(): Promise<WorkerReport> {
    const { workers, workerTerms } = this.options;
    return workerReport(await workers.list(TIMEOUT_MS), workerTerms);
  }
}
