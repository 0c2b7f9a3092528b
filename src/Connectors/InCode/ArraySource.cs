using System.Globalization;

namespace ActorStreams.Connectors.InCode;

/// <summary>Rows in memory; partition p of n is [p·length/n, (p+1)·length/n).</summary>
internal sealed class ArraySource<T> : Source<T>
{
    private readonly T[] _rows;
    private readonly int _partitions;

    public ArraySource(T[] rows, int partitions)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(partitions, short.MaxValue);
        (_rows, _partitions) = (rows, partitions);
    }

    public override string Description => $"{_rows.Length} rows of {typeof(T).Name} in memory";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override bool KnowsItsEnd => true;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new(Enumerable.Range(0, _partitions).Select(number => number.ToString(CultureInfo.InvariantCulture)).ToArray());

    public override ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        long number = int.Parse(partition, CultureInfo.InvariantCulture);
        int first = (int)(number * _rows.Length / _partitions), end = (int)((number + 1) * _rows.Length / _partitions);
        long at = from?.Value ?? 0;
        if (at < 0 || at > end - first)
            throw new SourceException(
                $"Partition {partition} of source '{context.Operator}' has {end - first} rows, but {at} were read before: it is given fewer rows than the last run.");
        return new(new Reader(_rows, first, end, (int)at));
    }

    private sealed class Reader(T[] rows, int first, int end, int from) : SourceReader<T>
    {
        private int _at = from;

        public override SourceOffset Offset => new(_at);

        public override ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            if (cancellation.IsCancellationRequested)
                return ValueTask.FromCanceled<bool>(cancellation);
            int count = Math.Min(buffer.Capacity, end - first - _at);
            if (count > 0)
                buffer.Use(rows, first + _at, count, _at);
            _at += count;
            return new(count > 0);
        }
    }
}
