using System.Globalization;
using ActorStreams;
using ActorStreams.Authoring;

namespace Readings;

/// <summary>Gives generated readings at a rate, any of them again.</summary>
/// <param name="rows">How many in all.</param>
/// <param name="rate">How many a second in all.</param>
/// <param name="mayEnd">The last reading of each partition waits for this.</param>
internal sealed class ReadingSource(long rows, int rate, Task mayEnd) : Source<Reading>
{
    private long _read;

    /// <summary>How many were read on this node, those that were read again included.</summary>
    public long Read => Volatile.Read(ref _read);

    public override string Description => $"{rows} readings, {rate} a second";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new([.. Enumerable.Range(0, Generated.Partitions).Select(static number => number.ToString(CultureInfo.InvariantCulture))]);

    public override ValueTask<SourceReader<Reading>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(this, int.Parse(partition, CultureInfo.InvariantCulture), from?.Value ?? 0, context.Clock));

    private sealed class Reader(ReadingSource source, int partition, long from, TimeProvider clock) : SourceReader<Reading>
    {
        private static readonly TimeSpan s_piece = TimeSpan.FromMilliseconds(20);

        private readonly long _began = clock.GetTimestamp(), _first = from, _count = source.Rows / Generated.Partitions;
        private readonly double _rate = source.Rate / (double)Generated.Partitions;
        private long _at = from;

        public override SourceOffset Offset => new(_at);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<Reading> buffer, CancellationToken cancellation)
        {
            while (_at < _count)
            {
                long due = Math.Min(source.MayEnd.IsCompleted ? _count : _count - 1,
                    _first + (long)(clock.GetElapsedTime(_began).TotalSeconds * _rate));
                long first = _at;
                for (; _at < due && !buffer.IsFull; _at++)
                    buffer.Add(Generated.Of(partition, _at), _at);
                Interlocked.Add(ref source._read, _at - first);
                if (buffer.Count > 0)
                    return true;
                await Task.Delay(s_piece, clock, cancellation);
            }

            return false;
        }
    }

    private long Rows => rows;

    private int Rate => rate;

    private Task MayEnd => mayEnd;
}
