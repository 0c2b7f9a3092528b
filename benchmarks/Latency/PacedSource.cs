using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Latency;

/// <summary>Rows as they fall due, at the pacer's rate; waits a millisecond when none is.</summary>
internal sealed class PacedSource(Bid[] rows, Pacer pacer) : Source<Bid>
{
    public override string Description => "paced rows";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) => new(["0"]);

    public override ValueTask<SourceReader<Bid>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(rows, pacer, (int)(from?.Value ?? 0)));

    /// <summary>Waits by a thread that sleeps, as the baseline does: the runtime's timers tick in steps of several milliseconds on this
    /// system.</summary>
    private sealed class Reader : SourceReader<Bid>
    {
        private readonly Bid[] _rows;
        private readonly Pacer _pacer;
        private TaskCompletionSource? _waiting;
        private volatile bool _isClosed;
        private int _next;

        public Reader(Bid[] rows, Pacer pacer, int next)
        {
            (_rows, _pacer, _next) = (rows, pacer, next);
            new Thread(Tick) { IsBackground = true, Name = "pacer" }.Start();
        }

        public override SourceOffset Offset => new(_next);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<Bid> buffer, CancellationToken cancellation)
        {
            if (_next == _rows.Length)
                return false;
            int due;
            while ((due = (int)Math.Min(_rows.Length, _pacer.RowsDue)) <= _next)
            {
                var tick = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                Volatile.Write(ref _waiting, tick);
                await tick.Task;
            }

            int count = Math.Min(buffer.Capacity, due - _next);
            buffer.Use(_rows, _next, count, _next);
            _next += count;
            return true;
        }

        public override ValueTask DisposeAsync()
        {
            _isClosed = true;
            return base.DisposeAsync();
        }

        private void Tick()
        {
            while (!_isClosed)
            {
                Thread.Sleep(1);
                Interlocked.Exchange(ref _waiting, null)?.TrySetResult();
            }
        }
    }
}
