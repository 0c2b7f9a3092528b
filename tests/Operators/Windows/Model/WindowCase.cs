using ActorStreams.Authoring;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows.General;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows.Model;

/// <summary>Something that happens to the operator.</summary>
internal abstract record Step
{
    internal sealed record Row(ModelRow Value) : Step;

    internal sealed record Watermark(long Time) : Step;

    internal sealed record Clock(long Time) : Step;

    /// <summary>A barrier, a crash, and a new region from what was committed.</summary>
    internal sealed record Restart : Step;
}

/// <summary>A random operator and what happens to it.</summary>
internal sealed class WindowCase
{
    private readonly SimulationRandom _random;

    public WindowCase(ulong seed)
    {
        Seed = seed;
        _random = SimulationRandom.For(seed, "window case");
        ChooseWindows();
        (Trigger, ModelTrigger) = RandomTrigger(depth: _random.Next(3));
        Mode = _random.OneOf(PaneMode.Accumulating, PaneMode.Discarding, PaneMode.Retracting);
        Lateness = _random.OneOf(0, 0, 5, 30, 1000);
        OnTime = _random.OneOf(FiringBehaviour.FireAlways, FiringBehaviour.FireIfNonEmpty);
        Closing = _random.OneOf(FiringBehaviour.FireIfNonEmpty, FiringBehaviour.FireAlways);
        ResultTime = _random.OneOf(ResultTime.EndOfWindow, ResultTime.EndOfWindow, ResultTime.Earliest, ResultTime.Latest);
        Steps = RandomSteps();

        // From a generator of its own, so that a seed means the case that it always meant.
        SimulationRandom sources = SimulationRandom.For(seed, "sources");
        if (IsBySource = !InProcessingTime && sources.Chance(300))
            AddSources(sources);
    }

    public ulong Seed { get; }

    public WindowAssigner? Windows { get; private set; }

    public WindowAssigner<ModelRow>? Own { get; private set; }

    public bool Merges { get; private set; }

    public bool MergesTouching { get; private set; }

    public long MaximumLength { get; private set; } = long.MaxValue;

    public bool InProcessingTime { get; private set; }

    public Trigger Trigger { get; }

    public ModelTrigger ModelTrigger { get; }

    public PaneMode Mode { get; }

    public long Lateness { get; }

    /// <summary>Rows come from partitions that are ahead of the operator, or were idle and are behind it, and are judged by them.</summary>
    public bool IsBySource { get; }

    public FiringBehaviour OnTime { get; }

    public FiringBehaviour Closing { get; }

    public ResultTime ResultTime { get; }

    public List<Step> Steps { get; }

    public Func<ModelRow, long, List<Window>> WindowsOf { get; private set; } = null!;

    public WindowOptions<ModelRow> Options => new()
    {
        Windows = Windows,
        OwnWindows = Own,
        Trigger = Trigger,
        Mode = Mode,
        Lateness = Lateness,
        JudgedBy = IsBySource ? ActorStreams.Lateness.BySource : ActorStreams.Lateness.ByOperator,
        OnTime = OnTime,
        Closing = Closing,
        ResultTime = ResultTime,
        Late = LateRows<ModelRow>.To(new Stream<ModelRow>(Pipeline.Create("model"), "late")),
    };

    public long ExpiryOf(Window window) => InProcessingTime ? window.End : EventTime.AddSaturated(window.End, Lateness);

    public bool Meet(Window a, Window b) => MergesTouching ? a.Start <= b.End && b.Start <= a.End : a.Start < b.End && b.Start < a.End;

    public override string ToString() =>
        $"seed {Seed}: {Options.Definition}, lateness {Lateness}{(IsBySource ? " by source" : "")}, {OnTime}, {Closing}, {ResultTime}{Environment.NewLine}  " +
        string.Join(Environment.NewLine + "  ", Steps);

    private static TimeSpan Micros(long micros) => TimeSpan.FromMicroseconds(micros);

    private void ChooseWindows()
    {
        int size = _random.Between(1, 20), slide = _random.Between(1, 20), offset = _random.Between(-25, 25), gap = _random.Between(1, 12);
        switch (_random.Next(9))
        {
            case 0:
                Windows = Window.Tumbling(Micros(size), Micros(offset));
                WindowsOf = (_, time) => Every(size, size, offset, time);
                break;
            case 1:
                Windows = Window.Hopping(Micros(size), Micros(slide), Micros(offset));
                WindowsOf = (_, time) => Every(size, slide, offset, time);
                break;
            case 2:
                int steps = _random.Between(1, 4);
                Windows = Window.Cumulate(Micros(size * steps), Micros(size), Micros(offset));
                WindowsOf = (_, time) =>
                {
                    Window whole = Every(size * steps, size * steps, offset, time)[0];
                    return [.. Enumerable.Range(1, steps).Select(step => new Window(whole.Start, whole.Start + (step * size)))
                        .Where(window => window.Contains(time))];
                };
                break;
            case 3:
                Windows = Window.Global();
                WindowsOf = (_, _) => [GlobalWindows.Window];
                break;
            case 4 or 5:
                SessionWindows sessions = Window.Session(Micros(gap));
                MergesTouching = _random.Chance(300);
                Windows = MergesTouching ? sessions.MergeTouching() : sessions;
                (Merges, WindowsOf) = (true, (_, time) => [new Window(time, time + gap)]);
                break;
            case 6:
                MaximumLength = gap + _random.Next(20);
                Windows = Window.Session(Micros(gap), Micros(MaximumLength));
                (Merges, WindowsOf) = (true, (_, time) => [new Window(time, time + gap)]);
                break;
            case 7:
                Own = new ById(_random.Chance(500));
                Merges = Own.Merges;
                WindowsOf = (row, time) =>
                {
                    var windows = new List<Window>();
                    Own.Assign(row, time, windows);
                    return windows;
                };
                break;
            default:
                InProcessingTime = true;
                bool isSession = _random.Chance(400);
                Windows = (isSession ? (WindowAssigner)Window.Session(Micros(gap))
                    : Window.Hopping(Micros(size), Micros(slide), Micros(offset))).InProcessingTime();
                Merges = isSession;
                WindowsOf = isSession ? (_, time) => [new Window(time, time + gap)] : (_, time) => Every(size, slide, offset, time);
                break;
        }
    }

    /// <summary>Of all windows around the time, those that hold it.</summary>
    private static List<Window> Every(int size, int slide, int offset, long time)
    {
        var windows = new List<Window>();
        for (long k = ((time - offset - size) / slide) - 2; k <= ((time - offset) / slide) + 2; k++)
        {
            var window = new Window(offset + (k * slide), offset + (k * slide) + size);
            if (window.Contains(time))
                windows.Add(window);
        }

        return windows;
    }

    private (Trigger Trigger, ModelTrigger Model) RandomTrigger(int depth)
    {
        if (depth > 0)
        {
            switch (_random.Next(6))
            {
                case 0:
                    (Trigger of, ModelTrigger model) = RandomTrigger(depth - 1);
                    return (of.Repeatedly(), new ModelComposite(Composite.Repeatedly, [model]));
                case 1:
                    (Trigger first, ModelTrigger firstModel) = RandomTrigger(depth - 1);
                    (Trigger until, ModelTrigger untilModel) = RandomTrigger(depth - 1);
                    return (first.OrFinally(until), new ModelComposite(Composite.OrFinally, [firstModel, untilModel]));
                case 2:
                    (Trigger Trigger, ModelTrigger Model)? early = _random.Chance(700) ? RandomTrigger(depth - 1) : null,
                        late = _random.Chance(700) ? RandomTrigger(depth - 1) : null;
                    return (Trigger.AfterWatermark(early?.Trigger, late?.Trigger), new ModelWatermark(early?.Model, late?.Model));
                default:
                    Composite kind = _random.OneOf(Composite.Each, Composite.First, Composite.All);
                    (Trigger Trigger, ModelTrigger Model)[] parts = [.. Enumerable.Range(0, _random.Between(1, 3))
                        .Select(_ => RandomTrigger(depth - 1))];
                    Trigger[] triggers = [.. parts.Select(part => part.Trigger)];
                    Trigger composite = kind == Composite.Each ? Trigger.AfterEach(triggers) : kind == Composite.First
                        ? Trigger.AfterFirst(triggers) : Trigger.AfterAll(triggers);
                    return (composite, new ModelComposite(kind, [.. parts.Select(part => part.Model)]));
            }
        }

        int number = _random.Between(1, 6);
        switch (_random.Next(8))
        {
            case 0:
                return (Trigger.Default, new ModelDefault());
            case 1:
                return (Trigger.AtExpiry, new ModelAtExpiry());
            case 2:
                return (Trigger.AfterWatermark(), new ModelWatermark(null, null));
            case 3:
                return (Trigger.AfterProcessingTime(Micros(number * 3)), new ModelDelay(number * 3));
            case 4:
                return (Trigger.ContinuousEventTime(Micros(number * 2)), new ModelContinuous(number * 2, byClock: false));
            case 5:
                return (Trigger.ContinuousProcessingTime(Micros(number * 2)), new ModelContinuous(number * 2, byClock: true));
            default:
                return (Trigger.AfterCount(number), new ModelCount(number));
        }
    }

    private List<Step> RandomSteps()
    {
        var steps = new List<Step>();
        int count = _random.Between(1, 40), keys = _random.Between(1, 4);
        long time = _random.Between(-20, 40), watermark = -40, clock = 0;
        for (int i = 0; i < count; i++)
        {
            switch (_random.Next(20))
            {
                case < 12:
                    time += _random.Between(-2, 5);
                    steps.Add(new Step.Row(
                        new ModelRow("abcd"[_random.Next(keys)].ToString(), i, time - (_random.Chance(300) ? _random.Next(30) : 0))));
                    break;
                case < 16:
                    watermark = Math.Max(watermark + _random.Next(4), time - _random.Between(-3, 15));
                    steps.Add(new Step.Watermark(watermark));
                    break;
                case < 19:
                    clock += _random.Between(0, 12);
                    steps.Add(new Step.Clock(clock));
                    break;
                default:
                    steps.Add(new Step.Restart());
                    break;
            }
        }

        if (_random.Chance(700))
            steps.Add(new Step.Watermark(EventTime.MaxValue));
        return steps;
    }

    private void AddSources(SimulationRandom random)
    {
        long watermark = -40, ahead = 0;
        for (int i = 0; i < Steps.Count; i++)
        {
            if (Steps[i] is Step.Watermark told)
                watermark = Math.Max(watermark, told.Time);
            if (Steps[i] is not Step.Row row)
                continue;
            if (random.Chance(400))
                ahead = random.Between(-5, 15);
            Steps[i] = new Step.Row(row.Value with { Source = watermark == EventTime.MaxValue ? watermark : watermark + ahead });
        }
    }

    /// <summary>Windows that follow from the row.</summary>
    private sealed class ById(bool merges) : WindowAssigner<ModelRow>
    {
        public override bool Merges => merges;

        public override string Definition => $"by id, merging {merges}";

        public override void Assign(in ModelRow row, long time, ICollection<Window> windows)
        {
            if (row.Id % 5 == 0)
                return;
            windows.Add(new Window(time - (row.Id % 3), time + 1 + (row.Id % 7)));
            if (row.Id % 4 == 0)
                windows.Add(new Window(time + 20, time + 25));
        }
    }
}
