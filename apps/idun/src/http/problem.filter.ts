import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { throwError, type Observable } from 'rxjs';

import type { EdgeLog } from '../edge/edge-log.js';
import { sendProblem } from './send-problem.js';

/**
 * Takes everything a controller throws. A message handler's error goes on as it is: the RPC server
 * has its own mapping, and Nest's default filter would hide the code from it.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: EdgeLog) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | undefined {
    if (host.getType() === 'rpc') return throwError(() => error);
    sendProblem(host.switchToHttp().getResponse<FastifyReply>(), error, this.log);
    return undefined;
  }
}
