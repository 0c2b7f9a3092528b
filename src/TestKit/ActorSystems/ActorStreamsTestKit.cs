using ActorStreams.Actors.Jobs;
using ActorStreams.Actors.Systems;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Stages;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.TestKit;

namespace ActorStreams.TestKit;

/// <summary>Pipelines in the ActorSystem of a spec on Akka.TestKit, for any test framework: what it offers extends
/// <see cref="TestKitBase"/>.</summary>
/// <remarks>
/// With <see cref="VirtualTime"/> the whole system, user's actors and graphs of Akka.Streams included, runs on one thread, and time stands
/// still until <see cref="AdvanceTime"/>: timers of actors (<c>IWithTimers</c>, the scheduler), of streams and of the job fire then, each at
/// its own instant. Expectations (<c>ExpectMsgAsync</c>, <c>EventFilter</c>) work as ever. Without it, the system runs as in production.
/// </remarks>
/// <example><code>
/// public sealed class VisitsSpec(ITestOutputHelper output) : TestKit(ActorStreamsTestKit.VirtualTime, output: output)
/// {
///     [Fact]
///     public async Task A_visit_survives_the_death_of_its_region()
///     {
///         var views = new TestSource&lt;PageView&gt;();
///         RowProbe&lt;Visit&gt; visits = this.CreateRowProbe&lt;Visit&gt;();
///         await using Job job = await this.StartPipelineAsync(Clickstream.Build(views, visits));
///         …
///     }
/// }
/// </code></example>
public static class ActorStreamsTestKit
{
    /// <summary>Settings for one ActorSystem whose actors run on one thread, in virtual time; each call gives those of another.</summary>
    /// <remarks>Settings of your own go in front: <c>ConfigurationFactory.ParseString(…).WithFallback(ActorStreamsTestKit.VirtualTime)</c>.
    /// Real waits stay real: <c>Task.Delay</c> without the spec's clock, <c>Ask</c> with a time-out, the time that an expectation may
    /// take.</remarks>
    public static Config VirtualTime
    {
        get
        {
            var loop = new SimulationLoop(seed: 1, new VirtualClock());
            Config settings = SimulatedSystem.SettingsOf(loop);
            loop.StartPump();
            return settings;
        }
    }

    /// <summary>Starts a pipeline as production builds it, in the spec's system.</summary>
    /// <param name="kit">The spec.</param>
    /// <param name="pipeline">The pipeline; sources and sinks may be test sources and probes, or those of production.</param>
    /// <param name="store">Where its state is kept; null: a store in memory, which the job alone has.</param>
    /// <param name="options">How to run. Null: one actor a stage, epochs when the spec says so (<see cref="Job.CommitAsync"/>) or where an
    /// ingress asks, any event time, restarts at once. With <see cref="VirtualTime"/> the clock is the spec's.</param>
    /// <returns>The job; dispose of it at the end of the spec. What it tells (restarts, a store that takes nothing) is in the system's log,
    /// as warnings: <c>EventFilter.Warning(contains: "restarts").ExpectAsync(1, …)</c>.</returns>
    public static Task<Job> StartPipelineAsync(this TestKitBase kit, Pipeline pipeline, Store? store = null, JobOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(kit);
        ArgumentNullException.ThrowIfNull(pipeline);
        ActorSystem system = kit.Sys;
        options ??= new JobOptions
        {
            Parallelism = 1,
            EpochInterval = TimeSpan.FromDays(40),
            MaxEventTimeAhead = null,
            Restart = new RestartPolicy(10, TimeSpan.Zero, TimeSpan.Zero),
        };
        if (SimulatedSystem.FindLoopOf(system) is { } loop)
        {
            options = options with
            {
                Clock = loop.Clock,
                KeySeeds = loop.NextKeySeed,
                EndsEpochsWhenQuiet = true,
                AskedEpochsApart = TimeSpan.Zero,
                Place = new JobPlace(system, Elsewhere: turns => loop.SystemProcess.Add(new ActionRunnable(turns))) { IsOfUser = true },
            };
        }
        else
        {
            options = options with { System = system };
        }

        return Job.StartAsync(pipeline, store ?? new SimulatedStore(new SimulatedDisk()), options);
    }

    /// <summary>Builds a pipeline, named <c>test</c>, and starts it.</summary>
    /// <inheritdoc cref="StartPipelineAsync(TestKitBase, Pipeline, Store?, JobOptions?)"/>
    public static Task<Job> StartPipelineAsync(this TestKitBase kit, Action<Pipeline> build, Store? store = null, JobOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        var pipeline = Pipeline.Create("test");
        build(pipeline);
        return kit.StartPipelineAsync(pipeline, store, options);
    }

    /// <summary>A sink that tells each row to a probe once its epoch is committed.</summary>
    /// <typeparam name="T">The row.</typeparam>
    /// <param name="kit">The spec.</param>
    /// <param name="text">How a row is written where it was not expected; null: as its <c>ToString</c> writes it.</param>
    public static RowProbe<T> CreateRowProbe<T>(this TestKitBase kit, Func<T, string>? text = null)
    {
        ArgumentNullException.ThrowIfNull(kit);
        return new RowProbe<T>(kit, text);
    }

    /// <summary>Lets time pass, after everything that is left to do was done: timers fire, each at its own instant.</summary>
    /// <param name="kit">The spec, with <see cref="VirtualTime"/>.</param>
    /// <param name="span">How much; not negative.</param>
    /// <exception cref="InvalidOperationException">The system has real time.</exception>
    public static void AdvanceTime(this TestKitBase kit, TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        SimulationLoop loop = LoopOf(kit);
        VirtualClock clock = loop.Clock;
        loop.RunReady();
        TimeSpan target = clock.Elapsed + span;
        while (clock.NextTimer is { } next && next <= target)
            loop.Pump!.Do(() => clock.AdvanceToNextTimer());
        loop.Pump!.Do(() => clock.Advance(target - clock.Elapsed));
    }

    /// <summary>Waits until nothing is left to do: no message is on its way in the system, no row in a job, and nothing happens before time
    /// passes.</summary>
    /// <param name="kit">The spec, with <see cref="VirtualTime"/>.</param>
    /// <exception cref="InvalidOperationException">The system has real time.</exception>
    public static void RunUntilIdle(this TestKitBase kit) => LoopOf(kit).RunReady();

    /// <summary>The spec's clock: 2030-01-01T00:00:00Z at first.</summary>
    /// <param name="kit">The spec, with <see cref="VirtualTime"/>.</param>
    /// <exception cref="InvalidOperationException">The system has real time.</exception>
    public static TimeProvider ClockOf(this TestKitBase kit) => LoopOf(kit).Clock;

    /// <summary>The actor that runs an instance of an operator, a source or a sink: to be watched, and killed.</summary>
    /// <param name="kit">The spec.</param>
    /// <param name="job">The job.</param>
    /// <param name="name">The operator's name in the pipeline.</param>
    /// <param name="instance">The number of the instance, from 0.</param>
    /// <returns>The actor of the present attempt; after a restart there is another.</returns>
    /// <exception cref="ArgumentException">There is no such operator or instance; the message has the names.</exception>
    public static IActorRef Region(this TestKitBase kit, Job job, string name, int instance = 0)
    {
        ArgumentNullException.ThrowIfNull(kit);
        ArgumentNullException.ThrowIfNull(job);
        Plan plan = job.Run.Plan;
        StreamNode node = plan.Nodes.FirstOrDefault(node => node.Name == name) ?? throw new ArgumentException(
            $"Pipeline '{plan.Pipeline.Name}' has no operator '{name}'; it has {string.Join(", ", plan.Nodes.Select(node => $"'{node.Name}'"))}.",
            nameof(name));
        int stage = plan.StageOf(node).Number;
        StageLoop[] instances = [.. job.Run.Actors.Where(loop => loop.Context.Stage == stage).OrderBy(loop => loop.Context.Instance)];
        StageLoop found = instances.FirstOrDefault(loop => loop.Context.Instance == instance) ?? throw new ArgumentException(
            $"Operator '{name}' of pipeline '{plan.Pipeline.Name}' has {instances.Length} instance(s), numbered from 0.", nameof(instance));
        IActorRef actor = kit.Sys.ActorStreams().ActorOf(job);
        return ((ExtendedActorSystem)kit.Sys).Provider.ResolveActorRef(actor.Path / ActorNames.Of(found.Name));
    }

    private static SimulationLoop LoopOf(TestKitBase kit)
    {
        ArgumentNullException.ThrowIfNull(kit);
        return SimulatedSystem.FindLoopOf(kit.Sys) ?? throw new InvalidOperationException(
            $"The ActorSystem '{kit.Sys.Name}' has real time. Give the spec's base class {nameof(ActorStreamsTestKit)}.{nameof(VirtualTime)} as its configuration.");
    }
}
