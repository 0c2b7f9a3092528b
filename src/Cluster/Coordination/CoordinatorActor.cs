using ActorStreams.Actors.Systems;
using ActorStreams.Actors.Turns;
using ActorStreams.Cluster.Attempts;
using ActorStreams.Cluster.Entities;
using ActorStreams.Cluster.Figures;
using ActorStreams.Cluster.Settings;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Sources;
using Akka.Actor;

namespace ActorStreams.Cluster.Coordination;

/// <summary>Runs the job of a pipeline on the nodes of a cluster: one such actor is in the cluster, on its oldest node, and another takes
/// over where that one is lost.</summary>
/// <remarks>It runs the same <see cref="Job"/> as one process does, whose instances are elsewhere. That there may be two of them for a
/// while, as long as nodes do not see each other, is the store's to decide: the one that opened the job last can commit, the other is
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
    private readonly Saving _saving;
    private readonly EntityDoor _entities;
    private readonly JobNews _news;
    private readonly int _mostBytes = FrameLimit.Of(Context.System);
    private TimeSpan _retry = s_firstRetry;
    private Job? _job;
    private RemoteInstances? _instances;
    private bool _isStopping, _isDraining;
    private JobState? _end;
    private string _trouble = "it has not begun yet";

    public CoordinatorActor(Pipeline pipeline, Store? store, JobOptions options, ClusterContext cluster, TurnScheduler turns)
        : base(turns)
    {
        (_pipeline, _store, _cluster) = (pipeline, store, cluster);
        _saving = new Saving(pipeline.Name, store is null ? null : options.SavepointStore ?? store, options.Clock, _ending.Token);
        _entities = new EntityDoor(pipeline, Context.System);
        _news = new JobNews(options.Clock, options.Clock.GetUtcNow().ToMicros());
        _options = (options with { OnNotice = _news.Add }).At(cluster.Place with
        {
            Instances = (attempt, run, host) => _instances = new RemoteInstances(attempt, run, host, _cluster, _news.Cause),
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
                Answer(asked);
                break;
            case NoticeRaised raised:
                _news.Add(raised);
                break;
            case CommitJob commit:
                IActorRef waiter = Sender;
                _ = Turns.RunAsync(() => CommitAsync(commit, _end is null ? _job : null, waiter));
                break;
            case DrainJob:
                if (!_isDraining)
                    Drain(_job);
                _isDraining = true;
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
                if (!_isStopping)
                    Stop(_job);
                _isStopping = true;
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
        else if (_isDraining)
            Drain(job);
    }

    private void OnNotBegun(Exception error)
    {
        if (_isStopping || error is PipelineException or StoreLostException or SourceException { IsLost: true })
        {
            End(_isStopping ? JobPhase.Stopped : JobPhase.Failed, error.Message);
            return;
        }

        _trouble = error.Message;
        _options.Tell(new JobNotice(_pipeline.Name, JobNoticeKind.NotBegun, $"Pipeline '{_pipeline.Name}' cannot begin on the cluster, and " +
            $"tries again in {_retry}: {error.Message}", error));
        Timers.StartSingleTimer("again", Again.Now, _retry);
        _retry = _retry * 2 < s_lastRetry ? _retry * 2 : s_lastRetry;
    }

    private void OnEnded(Ended ended)
    {
        if (ended.Job != _job)
            return;
        _entities.Forget();
        if (ended.Error is FencedException fenced)
        {
            // another coordinator is there, or was: if this one is still the cluster's when it has calmed down, it takes over again
            Dispose(ended.Job);
            _job = null;
            _trouble = fenced.Message;
            _options.Tell(new JobNotice(_pipeline.Name, JobNoticeKind.NotBegun,
                $"Pipeline '{_pipeline.Name}', coordinator on '{_cluster.Members.Self}': {fenced.Message}", fenced));
            Timers.StartSingleTimer("again", Again.Now, s_afterFence);
            return;
        }

        _ = Turns.RunAsync(() => EndAsync(ended));
    }

    /// <summary>Nodes are told of the end when nothing runs there any more, and their last counts have come.</summary>
    private async Task EndAsync(Ended ended)
    {
        long epoch = ended.Job.Epoch;
        await ended.Job.DisposeAsync();
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

    /// <summary>Figures and notices first: with the end of the job all is known that is to be known.</summary>
    private void Answer(JobAsked asked)
    {
        IReadOnlyList<NoticeTold> notices = _news.After(asked.NoticesOf, asked.Notices);   // what they tell of, the conditions show
        if (_job is { } job && job.Run.Figures is { } figures)
        {
            long began = _end is null ? job.Run.EpochBegan : EventTime.MaxValue;
            byte[] bytes = FigureBytes.Of(new JobStanding(job.Epoch, _end is null ? job.Conditions : [], figures, began),
                SourceClockwork.Now(_options.Clock));
            FigurePieces.Tell(_instances?.Attempt ?? 0, node: "", bytes, _mostBytes, asked.Node, Self);
        }

        foreach (NoticeTold notice in notices)
            asked.Node.Tell(notice, Self);
        asked.Node.Tell(State(), Self);
    }

    private JobState State()
    {
        if (_end is not null)
            return _end;
        RemoteInstances? instances = _instances;
        IReadOnlyList<(string Name, string Node)> places = instances is null ? [] : instances.Describe();
        return new JobState(_job is null ? JobPhase.Starting : JobPhase.Running, _job?.Epoch ?? 0, instances?.Attempt ?? 0,
            _job?.Restarts ?? 0, _job is null ? _trouble : "", _cluster.Members.Self, places, _job?.IsRunning == true);
    }

    /// <summary>An epoch that a node asks for.</summary>
    private async Task CommitAsync(CommitJob request, Job? job, IActorRef waiter)
    {
        IActorRef self = Self;
        if (job is null)
        {
            waiter.Tell(
                new JobCommitted(request.Request, 0, IsThere: _end is not null, $"Pipeline '{_pipeline.Name}': the job has ended."), self);
            return;
        }

        try
        {
            waiter.Tell(new JobCommitted(request.Request, await job.CommitAsync(_ending.Token), IsThere: true, ""), self);
        }
        catch (Exception error)
        {
            // Where only the attempt has ended, an epoch of the next one does as well.
            bool isOver = error is not OperationCanceledException && job.Completion.IsCompleted;
            waiter.Tell(new JobCommitted(request.Request, 0, isOver, error.Message), self);
        }
    }

    private void Drain(Job? job)
    {
        if (job is not null)
            _ = Turns.RunAsync(() => UntilEndAsync(job.DrainAsync()));
    }

    private void Stop(Job? job)
    {
        if (job is not null)
            _ = Turns.RunAsync(() => UntilEndAsync(job.StopAsync()));
    }

    private void Dispose(Job? job)
    {
        if (job is not null)
            _ = Turns.RunAsync(() => job.DisposeAsync().AsTask());
    }

    private static async Task UntilEndAsync(Task ending)
    {
        try
        {
            await ending;
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
