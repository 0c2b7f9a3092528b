using ActorStreams.Authoring;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Regions;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Triggers.Runtime;
using ActorStreams.Operators.Windows.General;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows.Model;

public record struct Ids(List<int>? Values);

/// <summary>The ids of the rows, in order.</summary>
public readonly struct IdsOf : IAggregator<ModelRow, Ids, string>, IMergeable<Ids>
{
    public void Add(ref Ids accumulator, in ModelRow row) => (accumulator.Values ??= []).Add(row.Id);

    public void Merge(ref Ids accumulator, in Ids other) => accumulator.Values = [.. accumulator.Values ?? [], .. other.Values ?? []];

    public string Result(in Ids accumulator) => string.Join(' ', (accumulator.Values ?? []).Order());
}

/// <summary>One region of the real operator by itself, with an output that is full now and then, crashed and restored on demand.</summary>
internal sealed class RegionUnderTest
{
    private const int MostTurns = 10_000;

    private static readonly ShardRange s_shards = new ShardMap(4).RangeOf(0, 1);

    private readonly WindowCase _case;
    private readonly VirtualClock _clock = new(DateTimeOffset.UnixEpoch);
    private readonly SimulationRandom _random;
    private readonly List<string> _output = [];
    private readonly Dictionary<int, List<JournalEvent>> _journal = [];
    private readonly SortedDictionary<string, string> _schemas = new(StringComparer.Ordinal);
    private readonly List<ModelRow> _chunk = [];
    private StageContext _context = null!;
    private IRegionOfRows _region = null!;
    private long _watermark = EventTime.MinValue;
    private long _epoch;

    public RegionUnderTest(WindowCase one)
    {
        (_case, _random) = (one, SimulationRandom.For(one.Seed, "full output"));
        Open();
    }

    /// <summary>A region, whatever its rows out are.</summary>
    private interface IRegionOfRows
    {
        Receiver<ModelRow> Input { get; }

        IResumable Resumable { get; }

        IProcessingTimePart Clock { get; }

        IEpochPart Epochs { get; }

        int Keys { get; }
    }

    public int Keys
    {
        get
        {
            Flush();
            return _region.Keys;
        }
    }

    public void Do(Step step)
    {
        if (step is Step.Row row)
        {
            _chunk.Add(row.Value);
            return;
        }

        Flush();
        switch (step)
        {
            case Step.Watermark watermark:
                _watermark = Math.Max(_watermark, watermark.Time);
                _region.Input.OnWatermark(_watermark);
                break;
            case Step.Clock clock:
                _clock.Advance(TimeSpan.FromMicroseconds(Math.Max(0, clock.Time - _clock.GetUtcNow().ToMicros())));
                for (int turns = 0; _region.Clock.NextProcessingTime <= clock.Time; turns++)
                {
                    if (turns > MostTurns)
                        throw new InvalidOperationException("The operator does not come to rest.");
                    _region.Clock.OnProcessingTime(clock.Time);
                    Drain(mayCut: true);
                }

                break;
            default:
                Restart();
                break;
        }

        Drain(mayCut: true);
    }

    public string[] Take()
    {
        Flush();
        string[] output = [.. _output];
        _output.Clear();
        return output;
    }

    private void Flush()
    {
        if (_chunk.Count == 0)
            return;
        ModelRow[] rows = [.. _chunk];
        _chunk.Clear();
        for (int from = 0, to; from < rows.Length; from = to)
        {
            to = Array.FindIndex(rows, from, row => row.Source != rows[from].Source);
            to = to < 0 ? rows.Length : to;
            _region.Input.OnChunk(
                new Chunk<ModelRow>(rows.AsSpan(from, to - from), rows[from..to].Select(row => row.Time)
                .ToArray())
                { SourceWatermark = rows[from].Source });
            Drain(mayCut: false);
        }
    }

    /// <summary>As an actor does: makes room and resumes, until nothing is suspended. Now and then a barrier cuts in, and all begins
    /// anew.</summary>
    private void Drain(bool mayCut)
    {
        for (int turns = 0; _region.Resumable.IsSuspended; turns++)
        {
            if (turns > MostTurns)
                throw new InvalidOperationException("The operator does not come to rest.");
            _context.ClearYield();
            _context.IsCutting = mayCut && _random.Chance(300);
            if (_context.WantsCut && _region.Resumable.CanCut)
                Restart();
            _context.IsCutting = false;
            _region.Resumable.Resume();
        }

        _context.ClearYield();
    }

    private void Restart()
    {
        var report = new EpochReport(++_epoch, isVolatile: false);
        _region.Epochs.OnBarrierAsync(report, default).AsTask().GetAwaiter().GetResult();
        foreach (JournalEvent entry in report.Events)
        {
            if (!_journal.TryGetValue(entry.Shard, out List<JournalEvent>? events))
                _journal[entry.Shard] = events = [];
            if (entry is { IsSnapshot: true, Part: 0 })
                events.Clear();
            events.Add(entry);
        }

        foreach ((string id, string text) in report.Schemas)
            _schemas[id] = text;
        Open();
    }

    private void Open()
    {
        _context = new StageContext("model", 0, 0, _clock);
        _region = _case.Mode == PaneMode.Retracting
            ? new Region<Change<WindowResult<string, string>>, ChangePanes<string, string>>(
                this, rows => new(rows), change => Text(change.Weight, change.Row))
            : new Region<WindowResult<string, string>, PlainPanes<string, string>>(this, rows => new(rows), result => Text(1, result));
        Manifest? manifest = _epoch == 0 ? null : new Manifest
        {
            Operators = { ["windows"] = new OperatorManifest { Watermark = _watermark } },
            Schemas = _schemas,
        };
        _region.Epochs.OpenAsync(new StageOpening(new Stored(this), _epoch, manifest, 1), default).AsTask().GetAwaiter().GetResult();
    }

    private static string Text(int weight, WindowResult<string, string> result)
    {
        PaneInfo pane = result.Pane;
        return $"{(weight > 0 ? "+1" : "-1")} {result.Key} [{result.Window.Start},{result.Window.End}) {{{result.Result}}} {pane.Timing} {pane.Index} {pane.OnTimeIndex} {pane.IsLast}";
    }

    private sealed class Region<TRow, TPanes> : Receiver<TRow>, IRegionOfRows
        where TPanes : struct, IPanes<string, string>
    {
        private readonly RegionUnderTest _owner;
        private readonly Func<TRow, string> _text;
        private readonly WindowRegion<string, ModelRow, IdsOf, Ids, string, TPanes> _region;
        private readonly WindowStates<string, ModelRow, IdsOf, Ids, string> _states;

        public Region(RegionUnderTest owner, Func<RowOutput<TRow>, TPanes> panesOf, Func<TRow, string> text)
        {
            (_owner, _text) = (owner, text);
            WindowOptions<ModelRow> options = owner._case.Options;
            var program = new TriggerProgram(options.Trigger);
            var errors = new OperatorErrors("model", "windows", ErrorPolicy.Fail, null, []);
            _states = new WindowStates<string, ModelRow, IdsOf, Ids, string>(s_shards, default, options.Mode == PaneMode.Retracting,
                program);
            var late = new LateOutput<ModelRow>(options.Late, errors, new LateRowsSink(owner), options.IsBySource);
            var site = new RegionSite<string, ModelRow>("windows", owner._context, s_shards, row => row.Key, errors);
            TPanes panes = panesOf(new RowOutput<TRow>(owner._context, this));
            _region = options.Merges
                ? new MergingRegion<string, ModelRow, IdsOf, Ids, string, TPanes>(site, options, program, default, _states, panes, late)
                : new AlignedRegion<string, ModelRow, IdsOf, Ids, string, TPanes>(site, options, program, default, _states, panes, late);
        }

        public Receiver<ModelRow> Input => _region;

        public IResumable Resumable => _region;

        public IProcessingTimePart Clock => _region;

        public IEpochPart Epochs => _region;

        public int Keys => _states.Cells.Map.Count;

        public override void OnChunk(in Chunk<TRow> chunk)
        {
            for (int row = 0; row < chunk.Count; row++)
                _owner._output.Add($"{_text(chunk.Rows[row])} at {chunk.Times[row]}");
            if (_owner._random.Chance(300))
                _owner._context.Yield();
        }

        public override void OnWatermark(long watermark)
        {
        }
    }

    private sealed class LateRowsSink(RegionUnderTest owner) : Receiver<ModelRow>
    {
        public override void OnChunk(in Chunk<ModelRow> chunk)
        {
            foreach (ModelRow row in chunk.Rows)
                owner._output.Add($"late {row.Id}");
        }

        public override void OnWatermark(long watermark)
        {
        }
    }

    private sealed class Stored(RegionUnderTest owner) : JobReader
    {
        public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) => new([]);

        public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => default;

        public override async IAsyncEnumerable<JournalEvent> ReadAsync(
            string operatorName, int firstShard, int count, long epoch,
                [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
        {
            await Task.CompletedTask;
            foreach (JournalEvent entry in owner._journal.OrderBy(shard => shard.Key).SelectMany(shard => shard.Value))
                yield return entry;
        }
    }
}
