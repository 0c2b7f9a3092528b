using ActorStreams.Core.Keys;
using Akka.Actor;

namespace ActorStreams.TestKit;

/// <summary>The ready tasks of all processes of a simulation, and the one loop that runs them.</summary>
internal sealed class SimulationLoop
{
    private const int LongestStall = 150;

    /// <summary>A step may be a timer that is minutes away: stalls of many such steps would outlast the time in which a job must be
    /// done.</summary>
    private static readonly TimeSpan s_longestStall = TimeSpan.FromMilliseconds(500);

    private const long MaxStepsAtOneInstant = 5_000_000;

    private readonly SimulationRandom _random;
    private readonly ulong _seed;
    private readonly List<ReadyTask> _ready = [];
    private readonly Queue<(ReadyTask Task, long Until, TimeSpan Latest)> _stalled = new();
    private readonly Lock _foreign = new();
    private readonly OutsideWork _outside = new();
    private SimulationException? _escape;
    private int _thread;
    private bool _isStepping;
    private long _added;
    private int _begun;
    private ActorSystem? _system;
    private SimulationPump? _pump;

    public SimulationLoop(ulong seed, VirtualClock clock)
    {
        _seed = seed;
        _random = SimulationRandom.For(seed, "order of steps");
        Clock = clock;
        TraceHash = seed;
        clock.Used = () => CheckThread("The clock was read");
    }

    public VirtualClock Clock { get; }

    /// <summary>The ActorSystem of all processes; made when the first job starts.</summary>
    public ActorSystem System => _system ??= SimulatedSystem.Create(this);

    /// <summary>Takes the steps on a thread of its own; null: whoever calls takes them.</summary>
    public SimulationPump? Pump => _pump;

    /// <summary>Where the system's own actors run: no process, never killed.</summary>
    public SimulationScheduler SystemProcess => field ??= new SimulationScheduler(this);

    public long Steps { get; private set; }

    public ulong TraceHash { get; private set; }

    /// <summary>How often, of 1,000 draws, a task is put aside for a while instead: a thread that the machine does not run.</summary>
    public int StallsPerMille { get; set; }

    public Func<string>? Describe { get; set; }

    /// <summary>Whether work may come from other threads, and how long it is waited for.</summary>
    public RealWaits Waits { get; set; } = RealWaits.Refused;

    /// <summary>Whose calls to the outside are under way; null if none is.</summary>
    public Func<string?>? CallsUnderWay { get; set; }

    /// <summary>What to do about work from other threads, where there is something to do.</summary>
    public string Remedy { get; set; } = "";

    public Action? Idle { get; set; }

    public ulong NextKeySeed() => KeySeed.Of(SimulationRandom.For(_seed, $"seed of keys {_begun++}").NextBits());

    public void Trace(ulong value) => TraceHash = SimulationRandom.Mix(TraceHash ^ value) + value;

    /// <summary>The calling thread is the simulation's from now on, unless it has one of its own.</summary>
    public void Adopt()
    {
        if (_pump is null || _pump.IsCurrent)
            _thread = Environment.CurrentManagedThreadId;
    }

    /// <summary>A thread of its own takes the steps from now on; everything else comes from outside.</summary>
    public SimulationPump StartPump()
    {
        Waits = RealWaits.Allowed();
        _pump = new SimulationPump(this, _outside);
        _pump.Start();
        return _pump;
    }

    public void Add(SimulationScheduler process, object task)
    {
        if (IsForeign() && Waits.AreAllowed)
            _outside.Bring(process, task);
        else if (IsForeign())
            Escaped("A continuation was queued");
        else
            _ready.Add(new ReadyTask(process, task, _added++));
    }

    public void Drop(SimulationScheduler process) => TakeFrom(process);

    /// <summary>What a process has to do, in the order in which it became ready; it is not done here any more.</summary>
    public List<object> TakeFrom(SimulationScheduler process)
    {
        TakeFromOutside();
        List<ReadyTask> taken = [.. _ready.Where(ready => ReferenceEquals(ready.Process, process))];
        _ready.RemoveAll(ready => ReferenceEquals(ready.Process, process));
        for (int count = _stalled.Count; count > 0; count--)
        {
            (ReadyTask Task, long Until, TimeSpan Latest) stalled = _stalled.Dequeue();
            if (!ReferenceEquals(stalled.Task.Process, process))
                _stalled.Enqueue(stalled);
            else
                taken.Add(stalled.Task);
        }

        return [.. taken.OrderBy(static one => one.Number).Select(static one => one.Task)];
    }

    public IEnumerable<Task> TasksOf(SimulationScheduler process) =>
        [.. _ready.Where(ready => ReferenceEquals(ready.Process, process)).Select(ready => ready.Task).OfType<Task>()];

    public bool Step(bool mayAdvance)
    {
        SynchronizationContext? outer = SynchronizationContext.Current;
        try
        {
            // A test framework's own context would take the continuations away.
            SynchronizationContext.SetSynchronizationContext(null);
            Adopt();
            _isStepping = true;
            bool worked = RunOne(mayAdvance) || AwaitCalls() || (mayAdvance && IsTimerNext() && Clock.AdvanceToNextTimer())
                || RunOne(mayWait: false);
            if (worked)
                Steps++;
            ThrowIfEscaped();
            return worked;
        }
        finally
        {
            _isStepping = false;
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    public void RunReady()
    {
        if (_pump is { IsCurrent: false })
        {
            _pump.AwaitIdle();
            return;
        }

        long limit = Steps + MaxStepsAtOneInstant;
        while (Step(mayAdvance: false))
        {
            if (Steps > limit)
                throw Failed($"{MaxStepsAtOneInstant} steps were taken without the clock advancing: something runs in a circle");
        }

        Idle?.Invoke();
    }

    public void RunUntil(Func<bool> isDone, TimeSpan within)
    {
        TimeSpan limit = Clock.Elapsed + within;
        while (!isDone())
        {
            if (!Step(mayAdvance: true) && !AwaitAnything())
                throw Failed("Deadlock: nothing is ready, no timer is set, and the run is not done");
            if (Clock.Elapsed <= limit)
                continue;

            // Virtual time runs through while a file or a service is really waited for: what is on its way may still come.
            if (!AwaitAnything())
                throw Failed($"The run is not done after {within} of virtual time");
            limit = Clock.Elapsed + within;
        }
    }

    /// <summary>Waits for anything to come from outside, if that is allowed, whether calls are known to be under way or not.</summary>
    /// <returns>Whether anything came.</returns>
    public bool AwaitAnything() => _pump is null && Waits.AreAllowed && _outside.Await(Waits.Limit);

    /// <summary>Notes that something was told to an actor; from another thread that fails the run, unless real waits are allowed.</summary>
    public void OnTold()
    {
        if (IsForeign() && !Waits.AreAllowed)
            Escaped("An actor was told something");
    }

    public void CheckThread(string what)
    {
        if (!_isStepping || !IsForeign() || Waits.AreAllowed)
            return;
        Escaped(what);
        throw _escape!;
    }

    public SimulationException Failed(string what, Exception? inner = null) =>
        new($"{what}. Virtual time {Clock.Elapsed}, {Steps} steps.{(Describe is null ? "" : Environment.NewLine + Describe())}", inner);

    /// <summary>Whether the next timer comes before any task that was put aside must go on.</summary>
    private bool IsTimerNext() => !_stalled.TryPeek(out (ReadyTask Task, long Until, TimeSpan Latest) stalled)
        || Clock.NextTimer <= stalled.Latest;

    /// <summary>Waits for calls that are under way; those that do not come back within the limit are not waited for again.</summary>
    private bool AwaitCalls() => Waits.AreAllowed && CallsUnderWay?.Invoke() is not null && _outside.AwaitPatiently(Waits.Limit);

    private void TakeFromOutside()
    {
        while (Waits.AreAllowed && _outside.TryTake(out (SimulationScheduler Process, object Task) work))
            _ready.Add(new ReadyTask(work.Process, work.Task, _added++));
    }

    /// <param name="mayWait">Whether tasks that were put aside may stay there when there are no others.</param>
    private bool RunOne(bool mayWait)
    {
        TakeFromOutside();
        while (_stalled.TryPeek(out (ReadyTask Task, long Until, TimeSpan Latest) stalled)
            && (stalled.Until <= Steps || stalled.Latest <= Clock.Elapsed || (_ready.Count == 0 && !mayWait)))
            _ready.Add(_stalled.Dequeue().Task);
        if (_ready.Count == 0)
            return false;
        ReadyTask next = Draw();
        if (StallsPerMille > 0 && _random.Chance(StallsPerMille))
        {
            _stalled.Enqueue((next, Steps + _random.Next(LongestStall), Clock.Elapsed + s_longestStall));
            return true;
        }

        Trace((ulong)next.Number);
        next.Process.Execute(next.Task);
        return true;
    }

    private ReadyTask Draw()
    {
        int at = _ready.Count == 1 ? 0 : _random.Next(_ready.Count);
        ReadyTask next = _ready[at];
        _ready[at] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        return next;
    }

    private bool IsForeign() => (_thread != 0 || _pump is not null) && _thread != Environment.CurrentManagedThreadId;

    private void Escaped(string what)
    {
        lock (_foreign)
        {
            _escape ??= new SimulationException(
                $"{what} on thread {Environment.CurrentManagedThreadId}, but the simulation runs on thread {_thread}: " +
                $"something awaits work outside of the job's clock, scheduler and store. {Remedy}{Environment.NewLine}{Environment.StackTrace}");
        }
    }

    private void ThrowIfEscaped()
    {
        lock (_foreign)
        {
            if (_escape is not null)
                throw _escape;
        }
    }

    /// <summary>What a process is to do next.</summary>
    /// <param name="Process">Whose it is.</param>
    /// <param name="Task">A task of the process, or a mailbox of one of its actors.</param>
    /// <param name="Number">Given in the order in which things became ready.</param>
    private readonly record struct ReadyTask(SimulationScheduler Process, object Task, long Number);
}
