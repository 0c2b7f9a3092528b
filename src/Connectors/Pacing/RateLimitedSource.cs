namespace ActorStreams.Connectors.Pacing;

/// <summary>Lets rows of another source pass one piece at a time, each when the time of the one before is over.</summary>
internal sealed class RateLimitedSource<T>(Source<T> source, int rowsPerSecond) : Source<T>
{
    private const int PiecesPerSecond = 50;

    private readonly Lock _lock = new();

    /// <summary>From when on rows may pass again, in timestamps of the clock: its time of day may be set back.</summary>
    private long _free = long.MinValue;

    private int PieceRows => Math.Max(1, rowsPerSecond / PiecesPerSecond);

    public override string Description => $"{source.Description}, at most {rowsPerSecond} rows/s";

    public override SourceGuarantee Guarantee => source.Guarantee;

    public override bool CarriesEventTimes => source.CarriesEventTimes;

    public override bool OpensAtAnyRow => source.OpensAtAnyRow;

    public override bool KeepsReadsWhole => source.KeepsReadsWhole;

    public override bool KnowsItsEnd => source.KnowsItsEnd;

    public override bool IsDoneAtItsEnd => source.IsDoneAtItsEnd;

    public override Silence Silence => source.Silence;

    public override bool HasInitialSnapshot => source.HasInitialSnapshot;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        source.PartitionsAsync(context, cancellation);

    public override async ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new Reader(this, await source.OpenAsync(partition, from, context, cancellation), context.Clock);

    public override bool EndInput(SourceContext context) => source.EndInput(context);

    public override void OnJobEnded(SourceContext context, Exception? error) => source.OnJobEnded(context, error);

    /// <summary>Books the time that <paramref name="rows"/> rows take.</summary>
    /// <returns>How long to wait before they may pass.</returns>
    private TimeSpan Book(int rows, TimeProvider clock)
    {
        long now = clock.GetTimestamp();
        lock (_lock)
        {
            long start = Math.Max(now, _free);
            _free = start + (long)(rows * (double)clock.TimestampFrequency / rowsPerSecond);
            return clock.GetElapsedTime(now, start);
        }
    }

    private sealed class Reader(RateLimitedSource<T> limit, SourceReader<T> reader, TimeProvider clock) : SourceReader<T>
    {
        private SourceBuffer<T>? _piece;
        private volatile bool _isPacing;

        public override SourceOffset Offset => reader.Offset;

        public override bool MayEndEpoch => reader.MayEndEpoch;

        // Rows that wait for their time have come already.
        public override bool IsUpToDate => !_isPacing && reader.IsUpToDate;

        public override bool HasSnapshotRows => reader.HasSnapshotRows;

        public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            SourceBuffer<T> piece = _piece ??= new SourceBuffer<T>(Math.Min(limit.PieceRows, buffer.Capacity));
            piece.Clear();
            if (!await reader.ReadAsync(piece, cancellation))
                return false;
            TimeSpan wait = limit.Book(piece.Count + piece.Rejected.Count, clock);
            if (wait > TimeSpan.Zero)
            {
                _isPacing = true;
                await Task.Delay(wait, clock, cancellation);
                _isPacing = false;
            }

            Copy(piece, buffer);
            return true;
        }

        public override ValueTask CommittedAsync(SourceOffset offset, CancellationToken cancellation) =>
            reader.CommittedAsync(offset, cancellation);

        public override async ValueTask DisposeAsync()
        {
            await reader.DisposeAsync();
            await base.DisposeAsync();
        }

        /// <summary>Rejected records and declared watermarks keep their places among the rows.</summary>
        private static void Copy(SourceBuffer<T> from, SourceBuffer<T> to)
        {
            int rejected = 0, declared = 0;
            for (int row = 0; row <= from.Count; row++)
            {
                for (; rejected < from.Rejected.Count && from.Rejected[rejected].BeforeRow == row; rejected++)
                    to.Reject(from.Rejected[rejected].Payload, from.Rejected[rejected].Error, from.Rejected[rejected].Offset);
                for (; declared < from.Declared.Count && from.Declared[declared].BeforeRow == row; declared++)
                    to.DeclareWatermark(from.Declared[declared].Watermark);
                if (row == from.Count)
                    continue;
                if (from.Times.IsEmpty)
                    to.Add(from.Rows[row], from.OffsetOf(row));
                else
                    to.Add(from.Rows[row], from.OffsetOf(row), from.Times[row]);
            }
        }
    }
}
