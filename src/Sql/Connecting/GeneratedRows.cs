using System.Reflection;

namespace ActorStreams.Sql.Connecting;

/// <summary>Rows made of their numbers: replayable, the offset is the number.</summary>
/// <param name="rows">How many there are.</param>
/// <param name="columns">The value of each property for a number.</param>
internal sealed class GeneratedRows<T>(long rows, Func<long, object?>[] columns) : Source<T>
    where T : new()
{
    private readonly PropertyInfo[] _properties = typeof(T).GetProperties();

    public override string Description => "rows that are made up";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override bool OpensAtAnyRow => true;

    public override bool KnowsItsEnd => rows < long.MaxValue;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) => new(["0"]);

    public override ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) => new(new Reader(this, from?.Value ?? 0));

    private T RowOf(long number)
    {
        object row = new T();
        for (int at = 0; at < columns.Length; at++)
            _properties[at].SetValue(row, columns[at](number));
        return (T)row;
    }

    private sealed class Reader(GeneratedRows<T> source, long next) : SourceReader<T>
    {
        private long _next = next;

        public override SourceOffset Offset => new(_next);

        public override ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            if (cancellation.IsCancellationRequested)
                return ValueTask.FromCanceled<bool>(cancellation);
            int before = buffer.Count;
            for (; _next < source.Rows && !buffer.IsFull; _next++)
                buffer.Add(source.RowOf(_next), _next);
            return new(buffer.Count > before);
        }
    }

    private long Rows => rows;
}
