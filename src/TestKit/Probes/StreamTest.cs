using ActorStreams.Core.Keys;

namespace ActorStreams.TestKit;

/// <summary>A pipeline under test: the real engine on the calling thread, in virtual time.</summary>
/// <remarks>
/// Feed a <see cref="TestSource{T}"/>, look into a <see cref="TestSink{T}"/>; nothing has to be waited for. Processing time stands still
/// until <see cref="AdvanceTime"/>, and epochs end at <see cref="Commit"/> (and when all sources are complete) unless the options give an
/// interval. A job that fails ends the test, unless <see cref="JobOptions.Restart"/> is set.
/// </remarks>
/// <example><code>
/// var clicks = new TestSource&lt;string&gt;();
/// var counts = new TestSink&lt;WindowResult&lt;string, long&gt;&gt;(count => $"{count.Key} {count.Result}");
/// await using var test = await StreamTest.StartAsync(pipeline =>
///     pipeline.Read("clicks", clicks)
///             .KeyBy(page => page)
///             .Window("counts", Windows.Tumbling(TimeSpan.FromMinutes(1)))
///             .Aggregate(a => a.Count())
///             .Write("out", counts));
///
/// clicks.Element("home", at: "12:00:10").Element("home", at: "12:00:50");
/// test.Commit().CrashAndRestore();
/// clicks.Watermark("12:01");
/// counts.ShouldEmit("home 2");
/// </code></example>
public sealed class StreamTest : IAsyncDisposable
{
    private static readonly TimeSpan s_never = TimeSpan.FromDays(40);

    private readonly Pipeline _pipeline;
    private readonly SimulatedDisk _disk = new();
    private SimulationScheduler _scheduler;
    private SimulatedStore _store;
    private JobOptions _options;

    private StreamTest(Pipeline pipeline, JobOptions options, ulong seed, DateTimeOffset? start, RealWaits waits)
    {
        _pipeline = pipeline;
        _scheduler = new SimulationScheduler(seed, new VirtualClock(start))
        {
            Waits = waits,
            Remedy = $"If the code of the pipeline really waits (HTTP, Task.Delay without the test's clock, a thread of its own), start the test with " +
                $"'waits: {nameof(RealWaits)}.{nameof(RealWaits.Allowed)}()'.",
        };
        _store = new SimulatedStore(_disk);
        _options = options with
        {
            Clock = _scheduler.Clock,
            Restart = options.Restart ?? RestartPolicy.None,
            OnNotice = options.OnNotice
            ?? (static _ => { })
        };
        Job = Start();
    }

    /// <summary>The job, to be asked for its entities' states; await its answers through <see cref="Run{T}"/>.</summary>
    public Job Job { get; private set; }

    /// <summary>Processing time.</summary>
    public VirtualClock Clock => _scheduler.Clock;

    /// <summary>Starts a pipeline as production builds it.</summary>
    /// <param name="pipeline">Reads test sources, writes into test sinks.</param>
    /// <param name="options">How to run; clock and scheduler are the test's own. Null: one actor a stage, epochs at <see cref="Commit"/>,
    /// any event time.</param>
    /// <param name="seed">The order of the actors' steps.</param>
    /// <param name="start">What the clock shows at first; null: 2030-01-01T00:00:00Z.</param>
    /// <param name="waits">Whether code of the pipeline may really wait; null: <see cref="RealWaits.Refused"/>.</param>
    /// <example><c>await using var test = await StreamTest.StartAsync(Clickstream.Build(clicks, visits));</c></example>
    public static Task<StreamTest> StartAsync(
        Pipeline pipeline, JobOptions? options = null, ulong seed = 1, DateTimeOffset? start = null, RealWaits? waits = null)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        options ??= new JobOptions { Parallelism = 1, EpochInterval = s_never, MaxEventTimeAhead = null };
        return Task.FromResult(new StreamTest(pipeline, options, seed, start, waits ?? RealWaits.Refused));
    }

    /// <summary>Builds a pipeline and starts it.</summary>
    /// <param name="build">Builds the pipeline, from test sources into test sinks.</param>
    /// <param name="options">How to run; clock and scheduler are the test's own. Null: one actor a stage, epochs at <see cref="Commit"/>,
    /// any event time.</param>
    /// <param name="seed">The order of the actors' steps.</param>
    /// <param name="start">What the clock shows at first; null: 2030-01-01T00:00:00Z.</param>
    /// <param name="waits">Whether code of the pipeline may really wait; null: <see cref="RealWaits.Refused"/>.</param>
    public static Task<StreamTest> StartAsync(
        Action<Pipeline> build, JobOptions? options = null, ulong seed = 1, DateTimeOffset? start = null, RealWaits? waits = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        Pipeline pipeline = Pipeline.Create("test");
        build(pipeline);
        return StartAsync(pipeline, options, seed, start, waits);
    }

    /// <summary>Runs until nothing is left to do at this instant; with <see cref="RealWaits.Allowed"/>, until no call is under way any more
    /// either.</summary>
    /// <exception cref="ActorStreamsException">The job has failed.</exception>
    public StreamTest RunUntilIdle()
    {
        _scheduler.RunReady();
        return this;
    }

    /// <summary>Runs until a condition holds. With <see cref="RealWaits.Allowed"/> it waits for what comes from outside: to a sink that
    /// writes to a service, out of a source that polls one.</summary>
    /// <exception cref="SimulationException">Nothing is left to do, or nothing has come within the limit, and the condition does not
    /// hold.</exception>
    /// <exception cref="ActorStreamsException">The job has failed.</exception>
    public StreamTest RunUntil(Func<bool> holds)
    {
        ArgumentNullException.ThrowIfNull(holds);
        RunUntilIdle();
        while (!holds())
        {
            if (!_scheduler.AwaitAnything())
                throw _scheduler.Failed($"Nothing is left to do, and the condition does not hold. {Waiting(_scheduler)}".TrimEnd());
            RunUntilIdle();
        }

        return this;
    }

    /// <summary>Lets processing time pass: timers fire, each at its own instant.</summary>
    public StreamTest AdvanceTime(TimeSpan span)
    {
        TimeSpan target = Clock.Elapsed + span;
        RunUntilIdle();
        while (Clock.NextTimer is { } next && next <= target)
        {
            Clock.AdvanceToNextTimer();
            RunUntilIdle();
        }

        Clock.Advance(target - Clock.Elapsed);
        return RunUntilIdle();
    }

    /// <summary>Ends the epoch and commits it.</summary>
    public StreamTest Commit()
    {
        RunUntilIdle();
        if (Job.Completion.IsCompleted)
            return this;
        long before = Job.Epoch;
        _scheduler.Adopt();
        Job.Run.RequestEpoch();
        RunUntilIdle();
        while (Job.Epoch == before && !Job.Completion.IsCompleted && _scheduler.AwaitAnything())
            RunUntilIdle();
        return Job.Epoch > before ? this : throw _scheduler.Failed($"The epoch was not committed. {Waiting(_scheduler)}".TrimEnd());
    }

    /// <summary>Ends the input, lets everything come out, and commits it: <see cref="Job.DrainAsync()"/>.</summary>
    public StreamTest Drain()
    {
        RunUntilIdle();
        Job job = Job;
        _scheduler.Run(() => job.DrainAsync());
        return RunUntilIdle();
    }

    /// <summary>The process ends in the middle of whatever it does, without a last epoch, and a new one goes on from the last committed
    /// epoch; also where the job has failed already.</summary>
    /// <param name="parallelism">The number of actors it goes on with; null: as before.</param>
    public StreamTest CrashAndRestore(int? parallelism = null)
    {
        if (!Job.Completion.IsFaulted)
            RunUntilIdle();
        _scheduler.Kill();
        _scheduler = _scheduler.NewProcess();
        _store = new SimulatedStore(_disk);
        _options = _options with { Parallelism = parallelism ?? _options.Parallelism };
        Job = Start();
        return this;
    }

    /// <summary>Runs something asynchronous on the test's thread and clock.</summary>
    /// <example><c>long balance = test.Run(() => test.Job.Entity&lt;string, Account&gt;("accounts",
    /// "alice").AskAsync()).Balance;</c></example>
    public T Run<T>(Func<Task<T>> work) => _scheduler.Run(work);

    /// <summary>The committed rows of a table of the job's store, such as <c>dead_letters</c>.</summary>
    public IReadOnlyList<object?[]> ReadTable(string name) => _store.ReadTable(name);

    /// <summary>Ends the job.</summary>
    public ValueTask DisposeAsync()
    {
        Job job = Job;
        _scheduler.Idle = null;
        _scheduler.Run(() => job.DisposeAsync().AsTask());
        return ValueTask.CompletedTask;
    }

    /// <summary>What is said of calls under way where something expected has not come.</summary>
    internal static string Waiting(SimulationScheduler scheduler)
    {
        if (scheduler.CallsUnderWay?.Invoke() is not { } operators)
            return scheduler.Waits.AreAllowed ? $"The test waits for what comes from outside by {scheduler.Waits}." : "";
        return $"Calls of {operators} are under way: " + (scheduler.Waits.AreAllowed
            ? $"the test has waited for them by {scheduler.Waits}."
            : $"what they wait for is outside of the test, which does not wait for it ({scheduler.Waits}). Let them wait by the test's clock and advance it, " +
                $"or start the test with 'waits: {nameof(RealWaits)}.{nameof(RealWaits.Allowed)}()'.");
    }

    private static string? CallsUnderWay(Job job)
    {
        string[] names = [.. job.Run.Actors.Where(actor => actor.Context.AsyncParts.Any(part => part.HasCallsUnderWay))
            .Select(actor => $"'{actor.Name}'")];
        return names.Length == 0 ? null : string.Join(", ", names);
    }

    private Job Start()
    {
        JobOptions options = _options.On(_scheduler) with { KeySeed = KeySeed.None, EndsEpochsWhenQuiet = true };
        SimulatedStore store = _store;
        Job job = _scheduler.Run(() => Job.StartAsync(_pipeline, store, options));
        _scheduler.Describe = () => JobText.Of(job);
        _scheduler.CallsUnderWay = () => CallsUnderWay(job);
        _scheduler.Idle = () =>
        {
            if (job.Completion.IsFaulted)
                job.Completion.GetAwaiter().GetResult();
        };
        return job;
    }
}
