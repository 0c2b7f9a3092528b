using System.Runtime.CompilerServices;
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Workloads;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Journal;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Benchmarks.Keyed;

/// <summary>Hopping counts with one update per window, on the engine's own table, loops and sink; without a journal, for in-order
/// rows.</summary>
internal sealed class NaiveHopNode(string name, Stream<Bid> input, TimeSpan size, TimeSpan slide)
    : KeyedNode<long, Bid, WindowResult<long, long>>(name, "window", input.KeyBy(bid => bid.Auction))
{
    public override long WatermarkGranularity => slide.Ticks / TimeSpan.TicksPerMicrosecond;

    public override EntityStates<long> CreateEntities(ShardRange shards) => new NoEntities();

    protected override KeyedOperator<long, Bid> Build(StageBuild build, RegionSite<long, Bid> site)
    {
        Receiver<WindowResult<long, long>> output = build.Downstream(this);
        return new NaiveHop(site, size.Ticks / TimeSpan.TicksPerMicrosecond, WatermarkGranularity, output);
    }
}

internal sealed class NoEntities : EntityStates<long>
{
    public override IReadOnlyList<IShardedState> Journaled => [];

    public override IReadOnlyList<string> Names => [];

    public override object? Read(long key, string name) => null;
}

internal sealed class NaiveHop(
    RegionSite<long, Bid> site, long size, long slide, Receiver<WindowResult<long, long>> output)
    : KeyedOperator<long, Bid>(site), IResumable
{
    private readonly List<(long Start, StateMap<long, long> Map)> _open = [];
    private readonly Stack<StateMap<long, long>> _spare = new();
    private readonly WindowResult<long, long>[] _results = new WindowResult<long, long>[Chunk<Bid>.Size];
    private readonly long[] _times = new long[Chunk<Bid>.Size];
    private int _slot;

    public override EntityStates<long> Entities { get; } = new NoEntities();

    public bool IsSuspended { get; private set; }

    public bool CanCut => false;

    public void Resume() => Fire();

    protected override void Advance(long watermark) => Fire();

    protected override void OnKeyed(in Chunk<Bid> chunk, long[] keys, ulong[] hashes)
    {
        for (int row = 0; row < chunk.Count;)
        {
            long last = chunk.Times[row] - (chunk.Times[row] % slide);
            int end = row + 1;
            while (end < chunk.Count && chunk.Times[end] < last + slide)
                end++;
            for (long start = last - size + slide; start <= last; start += slide)
            {
                StateMap<long, long> map = MapOf(start);
                map.Reserve(end - row);
                int at = 0;
                map.Fold(keys.AsSpan(row, end - row), hashes.AsSpan(row, end - row), chunk.Rows[row..end], default(Count), ref at);
            }

            row = end;
        }
    }

    private StateMap<long, long> MapOf(long start)
    {
        for (int at = _open.Count - 1; at >= 0; at--)
        {
            if (_open[at].Start == start)
                return _open[at].Map;
        }

        _open.Add((start, _spare.TryPop(out StateMap<long, long>? spare) ? spare
            : new StateMap<long, long>(Shards, _open.Count == 0 ? 0 : _open[^1].Map.Count)));
        return _open[^1].Map;
    }

    private void Fire()
    {
        IsSuspended = true;
        while (_open.Count > 0 && EventTime.AddSaturated(_open[0].Start, size) <= Watermark)
        {
            (long start, StateMap<long, long> map) = _open[0];
            while (_slot < map.SlotCount)
            {
                if (Context.MustYield)
                    return;
                Collect(map, new Window(start, start + size));
            }

            _slot = 0;
            _open.RemoveAt(0);
            map.Clear();
            map.ClearDirty();
            _spare.Push(map);
        }

        if (Context.MustYield)
            return;
        IsSuspended = false;
        output.OnWatermark(Watermark);
    }

    private void Collect(StateMap<long, long> map, Window window)
    {
        int count = 0;
        for (; _slot < map.SlotCount && count < _results.Length; _slot++)
        {
            ref StateMap<long, long>.Entry entry = ref map.At(_slot);
            if (!map.IsLive(entry))
                continue;
            _results[count] = new WindowResult<long, long>(entry.Key, window, entry.State);
            _times[count++] = window.MaxTime;
        }

        output.OnChunk(new Chunk<WindowResult<long, long>>(_results.AsSpan(0, count), _times.AsSpan(0, count)));
    }

    private readonly struct Count : IFold<long, Bid>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(ref long state, in Bid row) => state++;
    }
}
