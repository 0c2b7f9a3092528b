using ActorStreams.Actors.Systems;
using ActorStreams.Actors.Turns;
using ActorStreams.Cluster.Attempts;
using ActorStreams.Cluster.Entities;
using ActorStreams.Cluster.Settings;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Jobs;
using Akka.Actor;
using Akka.Event;

namespace ActorStreams.Cluster.Coordination;

/// <summary>Runs the job of a pipeline on the nodes of a cluster: one such actor is in the cluster, on its oldest node, and another takes
/// over
/// where that one is lost.</summary>
/// <remarks>It runs the same <see cref="Job"/> as one process does, whose instances are elsewhere. That there may be two of them for a
/// while,
/// as long as nodes do not see each other, is the store's to decide: the one that opened the job last can commit, the other is
/// fenced.</remarks>
internal sealed class CoordinatorActor : TurnActor, IWithTimers
{
    private static readonly TimeSpan s_afterFence = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(10);

    private readonly Pipeline _pipeline;
    private readonly Store? _store;
    private readonly JobOptions _options;
    private readonly ClusterContext _cluster;
    private readonly CancellationTokenSource _ending = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Saving _saving;
    private readonly EntityDoor _entities;
    private TimeSpan _retry = s_firstRetry;
    private Job? _job;
    private RemoteInstances? _instances;
    private bool _isStopping;
    private JobState? _end;
    private string _trouble = "it has not begun yet";

    public CoordinatorActor(Pipeline pipeline, Store? store, JobOptions options, ClusterContext cluster, TurnScheduler turns)
        : base(turns)
    {
        (_pipeline, _store, _cluster) = (pipeline, store, cluster);
        _saving = new Saving(pipeline.Name, store is null ? null : options.SavepointStore ?? store, options.Clock, _ending.Token);
        _entities = new EntityDoor(pipeline, Context.System);
        _options = options.At(cluster.Place with
        {
            Instances = (attempt, run, host) => _instances = new RemoteInstances(attempt, run, host, _cluster),
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Turns.Bind(Self);
        Start();
    }

    protected override void OnMessage(object message)
    {
        switch (message)
        {
            case JobAsked asked:
                asked.Node.Tell(State(), Self);
                break;
            case EntityAsked asked:
                _entities.Take(asked, Sender, _end is null ? _job : null, Self);
                break;
            case EntitiesWaiting waiting:
                _entities.Take(waiting, Sender, Self);
                break;
            case Begun begun:
                OnBegun(begun.Job);
                break;
            case NotBegun failed:
                OnNotBegun(failed.Error);
                break;
            case Ended ended:
                OnEnded(ended);
                break;
            case Again:
                Start();
                break;
            case StopJob:
                _isStopping = true;
                Stop(_job);
                break;
            case SaveJob save:
                IActorRef asker = Sender, self = Self;
                _ = Turns.RunAsync(async () => asker.Tell(await _saving.TakeAsync(save), self));
                break;
            case HandOver:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        Cancellation.Now(_ending);
        Dispose(_job);
        base.PostStop();
    }

    private void Start()
    {
        if (_end is not null)
            return;
        (ActorSystem system, IActorRef self) = (Context.System, Self);
        _ = Turns.RunAsync(() => StartAsync(system, self));
    }

    private async Task StartAsync(ActorSystem system, IActorRef self)
    {
        try
        {
            Job job = await system.ActorStreams().StartAsync(_pipeline, _store, ownsStore: false, _options, (JobPlace)_options.Place!,
                static () => { }, _ending.Token);
            if (_ending.IsCancellationRequested)
                await job.DisposeAsync();               // nobody is left who would
            else
                self.Tell(new Begun(job));
        }
        catch (Exception error)
        {
            self.Tell(new NotBegun(error));
        }
    }

    private void OnBegun(Job job)
    {
        _job = job;
        _saving.OnBegun(job);
        (_retry, _trouble) = (s_firstRetry, "");
        IActorRef self = Self;
        _ = Turns.RunAsync(() => EndedAsync(job, self));
        if (_isStopping)
            Stop(job);
    }

    private void OnNotBegun(Exception error)
    {
        if (_isStopping || error is PipelineException or StoreLostException or SourceException { IsLost: true })
        {
            End(_isStopping ? JobPhase.Stopped : JobPhase.Failed, error.Message);
            return;
        }

        _trouble = error.Message;
        _log.Warning("Pipeline '{0}' cannot begin on the cluster, and tries again in {1}: {2}", _pipeline.Name, _retry, error.Message);
        Timers.StartSingleTimer("again", Again.Now, _retry);
        _retry = _retry * 2 < s_lastRetry ? _retry * 2 : s_lastRetry;
    }

    private void OnEnded(Ended ended)
    {
        if (ended.Job != _job)
            return;
        long epoch = ended.Job.Epoch;
        Dispose(ended.Job);
        _entities.Forget();
        if (ended.Error is FencedException fenced)
        {
            // another coordinator is there, or was: if this one is still the cluster's when it has calmed down, it takes over again
            _job = null;
            _trouble = fenced.Message;
            Timers.StartSingleTimer("again", Again.Now, s_afterFence);
            return;
        }

        if (ended.Error is { } error)
            End(JobPhase.Failed, error.Message, epoch);
        else if (ended.Job.IsComplete)
            End(JobPhase.Completed, "", epoch);
        else if (_isStopping)
            End(JobPhase.Stopped, "", epoch);
        // else this node's system shuts down: the next coordinator goes on
    }

    private void End(JobPhase phase, string text, long epoch = 0)
    {
        _end = new JobState(phase, epoch, 0, _job?.Restarts ?? 0, text, _cluster.Members.Self, []);
        _saving.OnEnded($"has {phase.ToString().ToLowerInvariant()}");
    }

    private JobState State()
    {
        if (_end is not null)
            return _end;
        RemoteInstances? instances = _instances;
        IReadOnlyList<(string Name, string Node)> places = instances is null ? [] : instances.Describe();
        return new JobState(_job is null ? JobPhase.Starting : JobPhase.Running, _job?.Epoch ?? 0, instances?.Attempt ?? 0,
            _job?.Restarts ?? 0, _trouble.Length > 0 ? _trouble : string.Join('\n', _job!.Conditions.Select(static one => one.Message)),
            _cluster.Members.Self, places);
    }

    private void Stop(Job? job)
    {
        if (job is not null)
            _ = Turns.RunAsync(() => StopAsync(job));
    }

    private void Dispose(Job? job)
    {
        if (job is not null)
            _ = Turns.RunAsync(() => job.DisposeAsync().AsTask());
    }

    private static async Task StopAsync(Job job)
    {
        try
        {
            await job.StopAsync();
        }
        catch (Exception)
        {
            // its completion tells
        }
    }

    private static async Task EndedAsync(Job job, IActorRef self)
    {
        try
        {
            await job.Completion;
            self.Tell(new Ended(job, null));
        }
        catch (OperationCanceledException)
        {
            self.Tell(new Ended(job, null));
        }
        catch (Exception error)
        {
            self.Tell(new Ended(job, error));
        }
    }

    private sealed record Begun(Job Job) : INoSerializationVerificationNeeded;

    private sealed record NotBegun(Exception Error) : INoSerializationVerificationNeeded;

    private sealed record Ended(Job Job, Exception? Error) : INoSerializationVerificationNeeded;

    private sealed class Again
    {
        public static readonly Again Now = new();
    }
}
