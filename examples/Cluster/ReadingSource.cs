using System.Globalization;
using ActorStreams;
using ActorStreams.Authoring;

namespace Readings;

/// <summary>Gives generated readings at a rate, any of them again.</summary>
/// <param name="rows">How many in all.</param>
/// <param name="rate">How many a second in all.</param>
internal sealed class ReadingSource(long rows, int rate) : Source<Reading>
{
    public override string Description => $"{rows} readings, {rate} a second";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new([.. Enumerable.Range(0, Generated.Partitions).Select(static number => number.ToString(CultureInfo.InvariantCulture))]);

    public override ValueTask<SourceReader<Reading>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(int.Parse(partition, CultureInfo.InvariantCulture), from?.Value ?? 0, rows / Generated.Partitions,
            rate / (double)Generated.Partitions, context.Clock));

    private sealed class Reader(int partition, long from, long count, double rate, TimeProvider clock) : SourceReader<Reading>
    {
        private readonly long _began = clock.GetTimestamp(), _first = from;
        private long _at = from;

        public override SourceOffset Offset => new(_at);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<Reading> buffer, CancellationToken cancellation)
        {
            while (_at < count)
            {
                long due = Math.Min(count, _first + (long)(clock.GetElapsedTime(_began).TotalSeconds * rate));
                for (; _at < due && !buffer.IsFull; _at++)
                    buffer.Add(Generated.Of(partition, _at), _at);
                if (buffer.Count > 0)
                    return true;
                await Task.Delay(TimeSpan.FromMilliseconds(5), clock, cancellation);
            }

            return false;
        }
    }
}
