using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>Partitions of a broker that all nodes reach: their rows appear as the faults do, and what is acknowledged can be read no
/// more.</summary>
internal sealed class NodeSource<T>(NodesWorld world, string name, IReadOnlyList<IReadOnlyList<T>> partitions) : Source<T>
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(150);

    private readonly long[] _forgotten = new long[partitions.Count];

    public override string Description => $"simulated source {name}";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override bool KnowsItsEnd => true;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new([.. Enumerable.Range(0, partitions.Count).Select(number => number.ToString(CultureInfo.InvariantCulture))]);

    public override async ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        await Task.Yield();
        int number = int.Parse(partition, CultureInfo.InvariantCulture);
        long offset = from?.Value ?? 0;
        if (offset < _forgotten[number])
        {
            throw new SourceException($"Source '{name}', partition {partition}: opened at {offset}, but it was told that everything before " +
                $"{_forgotten[number]} is committed.");
        }

        return new Reader(this, context.Clock, number, (int)offset);
    }

    private sealed class Reader(NodeSource<T> source, TimeProvider clock, int number, int at) : SourceReader<T>
    {
        private readonly IReadOnlyList<T> _rows = source.Rows(number);
        private int _at = at;

        public override SourceOffset Offset => new(_at);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            FaultPlan faults = source.World.Faults;
            while (_at >= Available(faults))
            {
                if (_at == _rows.Count && faults.IsCalm)
                    return false;
                await Task.Delay(s_lookEvery, clock, cancellation);
            }

            int most = faults.Target == 0 ? 16 : faults.Random.Between(1, 16);
            for (int end = Math.Min(Available(faults), _at + most); _at < end && !buffer.IsFull; _at++)
                buffer.Add(_rows[_at], _at);
            return true;
        }

        public override ValueTask CommittedAsync(SourceOffset offset, CancellationToken cancellation)
        {
            source._forgotten[number] = Math.Max(source._forgotten[number], offset.Value);
            return ValueTask.CompletedTask;
        }

        private int Available(FaultPlan faults) =>
            faults.IsCalm ? _rows.Count : Math.Min(_rows.Count, 1 + (_rows.Count * faults.Fired / faults.Target));
    }

    private NodesWorld World => world;

    private IReadOnlyList<T> Rows(int number) => partitions[number];
}
