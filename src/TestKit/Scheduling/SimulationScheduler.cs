using ActorStreams.Actors.Systems;
using Akka.Dispatch;

namespace ActorStreams.TestKit;

/// <summary>Runs a job's actors on the calling thread, one step at a time, in an order drawn from a seed.</summary>
/// <remarks>
/// Jobs run on it whose options say so (<c>options.On(scheduler)</c>): their actors, those of the real runtime, live in an ActorSystem
/// all of whose dispatchers are the simulation's. Nothing runs until <see cref="Step"/> or one of the <c>Run</c> methods is called.
/// Everything the job awaits must come back here: work that turns up from another thread fails the run, because such a run could not be
/// repeated from its seed. Several processes may share one simulation (<see cref="NewProcess"/>); each can be killed.
/// </remarks>
/// <example><code>
/// var scheduler = new SimulationScheduler(seed: 42);
/// Job job = scheduler.Run(() => Job.StartAsync(pipeline, store, new JobOptions().On(scheduler)));
/// scheduler.RunUntil(() => job.Completion.IsCompleted, within: TimeSpan.FromMinutes(10));
/// </code></example>
public sealed class SimulationScheduler : TaskScheduler
{
    private readonly SimulationLoop _loop;
    private readonly List<object> _held = [];
    private bool _isKilled, _isPaused;
    private string? _dispatcher;

    /// <summary>A simulation of its own.</summary>
    /// <param name="seed">Decides the order of steps.</param>
    /// <param name="clock">The time in it; null: a new clock.</param>
    public SimulationScheduler(ulong seed, VirtualClock? clock = null)
        : this(new SimulationLoop(seed, clock ?? new VirtualClock()))
    {
    }

    internal SimulationScheduler(SimulationLoop loop) => _loop = loop;

    /// <summary>The time in the simulation.</summary>
    public VirtualClock Clock => _loop.Clock;

    /// <summary>Steps taken so far, by all processes.</summary>
    public long Steps => _loop.Steps;

    /// <summary>A digest of everything that happened, in order: two runs from one seed have the same.</summary>
    public ulong TraceHash => _loop.TraceHash;

    /// <summary>What a failure report tells about the job, besides time and steps.</summary>
    internal Func<string>? Describe
    {
        set => _loop.Describe = value;
    }

    /// <summary>Called when nothing is ready any more: where a test notices that its job has failed.</summary>
    internal Action? Idle
    {
        set => _loop.Idle = value;
    }

    /// <inheritdoc cref="SimulationLoop.Waits"/>
    internal RealWaits Waits
    {
        get => _loop.Waits;
        set => _loop.Waits = value;
    }

    /// <inheritdoc cref="SimulationLoop.CallsUnderWay"/>
    internal Func<string?>? CallsUnderWay
    {
        get => _loop.CallsUnderWay;
        set => _loop.CallsUnderWay = value;
    }

    /// <inheritdoc cref="SimulationLoop.Remedy"/>
    internal string Remedy
    {
        set => _loop.Remedy = value;
    }

    /// <summary>How often, of 1,000 draws, a task is put aside for a while.</summary>
    internal int StallsPerMille
    {
        set => _loop.StallsPerMille = value;
    }

    /// <summary>The seed of the hashes of the next job that begins: follows from the seed of the simulation, and from how many have
    /// begun.</summary>
    internal ulong NextKeySeed() => _loop.NextKeySeed();

    /// <summary>Where the actors of this process's jobs run: a dispatcher that ends with the process.</summary>
    internal JobPlace Place => new(_loop.System, _dispatcher ??= SimulatedSystem.AddDispatcher(_loop.System, this),
        turns => Add(new ActionRunnable(turns)));

    /// <summary>Another process of the same simulation: same thread, same clock, same order of draws.</summary>
    public SimulationScheduler NewProcess() => new(_loop);

    /// <summary>Ends this process as a loss of power does: nothing of it runs any more, not even a <c>finally</c>.</summary>
    public void Kill()
    {
        _isKilled = true;
        _held.Clear();
        _loop.Drop(this);
    }

    /// <summary>The process stands still: what it has to do waits for <see cref="Resume"/>.</summary>
    internal void Pause()
    {
        _isPaused = true;
        _held.AddRange(_loop.TakeFrom(this));
    }

    /// <summary>The process goes on.</summary>
    internal void Resume()
    {
        _isPaused = false;
        foreach (object work in _held)
            _loop.Add(this, work);
        _held.Clear();
    }

    /// <summary>Takes part in <see cref="TraceHash"/>: whatever must be the same when the seed is.</summary>
    public void Trace(ulong value) => _loop.Trace(value);

    /// <summary>Runs one ready task; if there is none, advances the clock to the next timer and fires it.</summary>
    /// <returns>False if neither is there: nothing will happen any more.</returns>
    /// <exception cref="SimulationException">Work came from another thread.</exception>
    public bool Step() => _loop.Step(mayAdvance: true);

    /// <summary>Runs until nothing is ready, without advancing the clock.</summary>
    /// <exception cref="SimulationException">Work came from another thread, or the steps do not end.</exception>
    public void RunReady() => _loop.RunReady();

    /// <summary>Runs until <paramref name="isDone"/>, advancing the clock where nothing is ready.</summary>
    /// <exception cref="SimulationException">Nothing can happen any more (a deadlock), or the virtual time is over.</exception>
    public void RunUntil(Func<bool> isDone, TimeSpan within) => _loop.RunUntil(isDone, within);

    /// <summary>Starts <paramref name="work"/> in this process and runs until it is done, advancing the clock where nothing is
    /// ready.</summary>
    /// <exception cref="SimulationException">Nothing can happen any more (a deadlock).</exception>
    public T Run<T>(Func<Task<T>> work)
    {
        Task<T> task = Start(work);
        _loop.RunUntil(() => task.IsCompleted, TimeSpan.FromDays(1));
        return task.GetAwaiter().GetResult();
    }

    /// <inheritdoc cref="Run{T}"/>
    public void Run(Func<Task> work) => Run(async () =>
    {
        await work();
        return true;
    });

    /// <summary>Starts <paramref name="work"/> in this process; steps do it.</summary>
    public Task<T> Start<T>(Func<Task<T>> work)
    {
        _loop.Adopt();
        // Awaited here: a task handed out as it is would be unwrapped on the thread pool.
        return Task.Factory.StartNew(async () => await work(), CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();
    }

    /// <summary>The calling thread is the simulation's from now on.</summary>
    internal void Adopt() => _loop.Adopt();

    /// <inheritdoc cref="SimulationLoop.AwaitAnything"/>
    internal bool AwaitAnything() => _loop.AwaitAnything();

    internal void CheckThread(string what) => _loop.CheckThread(what);

    internal SimulationException Failed(string what) => _loop.Failed(what);

    /// <summary>The process whose step this thread takes; null: none.</summary>
    [field: ThreadStatic]
    internal static SimulationScheduler? Running { get; private set; }

    /// <summary>Takes one step: a task of the process, or a message of one of its actors.</summary>
    internal void Execute(object work)
    {
        SimulationScheduler? outer = Running;
        Running = this;
        try
        {
            if (work is Task task)
                TryExecuteTask(task);
            else
                ((IRunnable)work).Run();
        }
        finally
        {
            Running = outer;
        }
    }

    /// <summary>An actor of the process has something to do.</summary>
    internal void Add(IRunnable mailbox)
    {
        Queue(mailbox);
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        ArgumentNullException.ThrowIfNull(task);
        Queue(task);
    }

    private void Queue(object work)
    {
        if (_isKilled)
            return;
        if (_isPaused)
            _held.Add(work);
        else
            _loop.Add(this, work);
    }

    /// <summary>Never: every continuation is a step of its own.</summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => _loop.TasksOf(this);
}

/// <summary>A simulated run that went wrong: a deadlock, work on a foreign thread, a run that does not end, a wrong result.</summary>
/// <param name="message">What, and how to see it again.</param>
/// <param name="inner">What caused it.</param>
public sealed class SimulationException(string message, Exception? inner = null) : Exception(message, inner);
