using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ActorStreams.Actors.Entities;
using ActorStreams.Actors.Jobs;
using ActorStreams.Actors.Settings;
using ActorStreams.Actors.Systems;
using ActorStreams.Actors.Turns;
using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams;

/// <summary>ActorStreams in an ActorSystem: where its jobs run, under <c>/user/actorstreams</c>, and what its configuration says of
/// them.</summary>
/// <remarks>
/// <para>Every setting has its default in the reference configuration (<see cref="DefaultConfig"/>), which is given to the system when the
/// extension is made. What the system's own configuration says under <c>actorstreams</c> goes before it, and what code says in
/// <see cref="JobOptions"/> goes before both, setting by setting.</para>
/// <para>Jobs stop with the system: <c>CoordinatedShutdown</c>, which <c>Terminate</c> and the end of the process run, commits the last
/// epoch of each in the phase <c>actorstreams-last-epoch</c>, before anything else of the service stops. What jobs tell
/// (<see cref="JobNotice"/>) goes to the system's log, unless <see cref="JobOptions.OnNotice"/> takes it, and always to its
/// <c>EventStream</c>.</para>
/// </remarks>
/// <example><code>
/// var system = ActorSystem.Create("shop");
/// await using Job job = await system.ActorStreams().StartAsync(pipeline, Store.Sqlite("shop.db"));
/// </code></example>
public sealed class ActorStreamsExtension : IExtension
{
    private readonly IActorRef _jobs;
    private readonly SystemSettings _settings;
    private readonly Lazy<LastEpochs> _lastEpochs;
    private readonly ConcurrentDictionary<StartJob, bool> _starting = new();
    private readonly ConditionalWeakTable<Job, IActorRef> _actors = [];
    private volatile bool _isStopped;
    private int _answersForEnded;

    internal ActorStreamsExtension(ExtendedActorSystem system)
    {
        System = system;
        _settings = new SystemSettings(system);
        _lastEpochs = new Lazy<LastEpochs>(() => new LastEpochs(system, Options.Clock));
        _jobs = system.ActorOf(Props.Create<JobsActor>((Action)OnStopped), JobsActor.Name);
    }

    /// <summary>The system.</summary>
    public ActorSystem System { get; }

    /// <summary>The jobs that were started here, by the names of their pipelines. Of two of one pipeline it has the later one.</summary>
    public RunningJobs Jobs { get; } = new();

    /// <summary>How jobs run in this system if code says nothing: the settings <c>actorstreams.job</c>.</summary>
    /// <remarks>Options that are made anew (<c>new JobOptions { Parallelism = 2 }</c>) need not begin here: what they do not say is taken
    /// from here when the job starts.</remarks>
    public JobOptions Options => _settings.Job;

    /// <summary>How an SQLite store writes: the settings <c>actorstreams.store.sqlite</c>, for
    /// <c>Store.Sqlite(path, system.ActorStreams().SqliteOptions)</c>.</summary>
    public SqliteOptions SqliteOptions => _settings.Sqlite;

    /// <summary>Where and how a PostgreSQL store writes: the settings <c>actorstreams.store.postgresql</c>, for
    /// <c>Store.PostgreSql(connectionString, system.ActorStreams().PostgreSqlOptions)</c>.</summary>
    public PostgreSqlOptions PostgreSqlOptions => _settings.PostgreSql;

    /// <summary>The extension of a system; made when it is first asked for.</summary>
    /// <exception cref="PipelineException">The system's configuration has a key that is no setting, a value that cannot be read, or a
    /// dispatcher that is not configured.</exception>
    public static ActorStreamsExtension Get(ActorSystem system) =>
        (system ?? throw new ArgumentNullException(nameof(system))).WithExtension<ActorStreamsExtension, ActorStreamsProvider>();

    /// <summary>The reference configuration: every setting under <c>actorstreams</c> with its default, and the shutdown phase of last
    /// epochs.</summary>
    /// <remarks>A system gets it by itself when the extension is made. A system whose <c>CoordinatedShutdown</c> is made before that, as
    /// that of a cluster node is, should be created with it (<c>config.WithFallback(ActorStreamsExtension.DefaultConfig())</c>), because
    /// shutdown phases are read once; without it last epochs are committed in the phase <c>service-requests-done</c>.
    /// <c>WithActorStreams</c> adds it.</remarks>
    public static Config DefaultConfig() => ReferenceConf.Parsed;

    /// <summary>The dispatcher of the actors of jobs.</summary>
    internal string Dispatcher => _settings.Dispatcher;

    /// <summary>The options of a job in this system: what code says, and the configuration.</summary>
    internal JobOptions Complete(JobOptions code) => OptionsReader.Over(code, Options);

    /// <summary>The actor of a job that was started here; it outlives attempts and ends with the job.</summary>
    internal IActorRef ActorOf(Job job) => _actors.TryGetValue(job, out IActorRef? actor) ? actor : ActorRefs.Nobody;

    /// <summary>Whoever asks an entity of a job that has ended is told so, from now on.</summary>
    internal void AnswerForEndedJobs()
    {
        if (Interlocked.Exchange(ref _answersForEnded, 1) == 0)
            _jobs.Tell(AnswerForEnded.Now, ActorRefs.NoSender);
    }

    internal async Task<Job> StartAsync(Pipeline pipeline, Store? store, bool ownsStore, JobOptions options, JobPlace place, Action ended,
        CancellationToken cancellation)
    {
        LastEpochs? lastEpochs = place.IsOfUser ? _lastEpochs.Value : null;   // its phase is there before the job runs
        var start = new StartJob(pipeline, store, ownsStore, options, place.Dispatcher ?? _settings.Dispatcher,
            place.Elsewhere ?? TurnScheduler.OnPool,
            new TaskCompletionSource<StartedJob>(TaskCreationOptions.RunContinuationsAsynchronously), ended, cancellation)
        { Instances = place.Instances };
        _starting.TryAdd(start, true);
        StartedJob started;
        try
        {
            if (_isStopped)
                FailStarting();
            _jobs.Tell(start, ActorRefs.NoSender);
            started = await start.Started.Task;
        }
        finally
        {
            _starting.TryRemove(start, out _);
        }

        Job job = started.Job;
        _actors.Add(job, started.Actor);
        if (place.Instances is null)
            Jobs.Add(pipeline.Name, job);               // of one whose instances are elsewhere this process has neither entities nor views
        lastEpochs?.Add(job, place.Stop);
        _ = job.Disposed.ContinueWith(_ => Jobs.Remove(pipeline.Name, job), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return job;
    }

    private void OnStopped()
    {
        _isStopped = true;
        FailStarting();
    }

    /// <summary>Whoever still waits for a start is told that nobody is left to make it.</summary>
    private void FailStarting()
    {
        foreach (StartJob start in _starting.Keys)
        {
            start.Started.TrySetException(new JobException(
                $"Pipeline '{start.Pipeline.Name}': the actor /user/{JobsActor.Name} of the ActorSystem '{System.Name}' has stopped, with the system or by itself, " +
                "and no job starts there any more. Start the job in an ActorSystem that runs."));
        }
    }
}

/// <summary>Makes the <see cref="ActorStreamsExtension"/> of an ActorSystem; also for <c>akka.extensions</c> in HOCON.</summary>
public sealed class ActorStreamsProvider : ExtensionIdProvider<ActorStreamsExtension>
{
    /// <inheritdoc/>
    public override ActorStreamsExtension CreateExtension(ExtendedActorSystem system) => new(system);
}
