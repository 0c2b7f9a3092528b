using ActorStreams.Actors.Turns;
using ActorStreams.Cluster.Entities;
using ActorStreams.Cluster.Figures;
using ActorStreams.Cluster.Links;
using ActorStreams.Cluster.Placement;
using ActorStreams.Cluster.Settings;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Stages;
using ActorStreams.Core.Storage;
using Akka.Actor;

namespace ActorStreams.Cluster.Attempts;

/// <summary>The instances of an attempt on the nodes of a cluster, as its coordinator sees them.</summary>
/// <remarks>All that comes from nodes is taken in turns of a place of its own, by the <see cref="JobMachine"/>; what it decides is sent
/// from there.</remarks>
internal sealed class RemoteInstances : Instances
{
    /// <summary>How long a node of the attempt may say nothing. The cluster finds it unreachable and removes it before, as a
    /// rule.</summary>
    private static readonly TimeSpan s_silentAfter = TimeSpan.FromSeconds(30);

    private readonly InstancesOfAttempt _attempt;
    private readonly JobRun _run;
    private readonly JobHost _host;
    private readonly ClusterContext _cluster;
    private readonly JobMachine _machine;
    private readonly EntityCalls _entities;
    private readonly CancellationTokenSource _moving = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private InstancePlace? _place;
    private IActorRef _self = ActorRefs.Nobody;
    private ITimer? _timer;
    private readonly Dictionary<string, NodeMail> _mail = new(StringComparer.Ordinal);
    private AttemptNode?[] _places = [];
    private StageOpening? _opening;
    private readonly string _cause;
    private readonly NodeFigures _figures = new();

    /// <param name="attempt">What instances need of the attempt.</param>
    /// <param name="run">The attempt.</param>
    /// <param name="host">Who runs the job.</param>
    /// <param name="cluster">What it needs of the cluster.</param>
    /// <param name="cause">Why the attempt before has ended; empty: there was none here.</param>
    public RemoteInstances(InstancesOfAttempt attempt, JobRun run, JobHost host, ClusterContext cluster, string cause)
    {
        (_attempt, _run, _host, _cluster, _cause) = (attempt, run, host, cluster, cause);
        _machine = new JobMachine(attempt.Attempt, attempt.Actors.Count);
        _entities = new EntityCalls(run.Plan.Pipeline, attempt.Attempt, attempt.Actors.Count);
    }

    public override CancellationToken Moving => _moving.Token;

    public long Attempt => _attempt.Attempt;

    public override InstanceFigures? Figures => _figures.Sum(Volatile.Read(ref _places));

    public override string? NodeOf(int instance) => Volatile.Read(ref _places).ElementAtOrDefault(instance)?.Name;

    /// <summary>The name of each instance and its node; empty: not known yet. From any thread.</summary>
    public IReadOnlyList<(string Name, string Node)> Describe() =>
        [.. _attempt.Actors.Zip(Volatile.Read(ref _places), static (actor, node) => (actor.Name, node!.Name))];

    public override async Task OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        _opening = opening;
        _place = (InstancePlace)_host.Open("attempt", Take, reason => _attempt.OnLost("attempt", reason));
        _self = _place.Actor;
        for (int number = 0; number < _attempt.Actors.Count; number++)
        {
            int instance = number;
            _attempt.Actors[number].Context.Inbox.Open(
                new RemotePlace(_attempt.Actors[number].Name, message => TellInstance(instance, message)));
        }

        _cluster.Members.Subscribe(_self);
        _timer = _cluster.Clock.CreateTimer(static self => ((RemoteInstances)self!)._place!.Tell(Tick.Now), this, TimeSpan.Zero,
            _cluster.Settings.ClaimEvery);
        using CancellationTokenRegistration cancelled = cancellation.UnsafeRegister(
            static (self, token) => ((RemoteInstances)self!)._opened.TrySetCanceled(token), this);
        await _opened.Task;
    }

    public override void Run()
    {
        foreach (NodeMail mail in _mail.Values)
            mail.Tell(new RunAttempt(_attempt.Attempt), _self);
        string nodes = string.Join(", ", _places.GroupBy(static node => node!.Name, StringComparer.Ordinal)
            .OrderBy(static node => node.Key, StringComparer.Ordinal).Select(static node => $"'{node.Key}' ({node.Count()} instances)"));
        string why = _cause.Length > 0 ? $"The one before has ended: {_cause}"
            : $"It is the first of the coordinator on '{_cluster.Members.Self}'.";
        _run.Plan.Options.Tell(new JobNotice(_attempt.Pipeline, JobNoticeKind.AttemptBegun,
            $"Pipeline '{_attempt.Pipeline}': attempt {_attempt.Attempt} runs from epoch {_run.Epoch} on {nodes}. {why}", null));
    }

    public override async Task AbortAsync()
    {
        if (_place is null)
            return;
        _opened.TrySetCanceled(CancellationToken.None);
        ITimer patience = _cluster.Clock.CreateTimer(static self => ((RemoteInstances)self!)._place!.Tell(PatienceOver.Now), this,
            _cluster.Settings.EndWithin, Timeout.InfiniteTimeSpan);
        _place.Tell(EndNow.Now);
        await _ended.Task;
        await patience.DisposeAsync();
    }

    public override async Task CloseAsync()
    {
        if (_timer is not null)
            await _timer.DisposeAsync();
        if (_place is not null)
            _cluster.Members.Unsubscribe(_self);
        _moving.Dispose();
    }

    /// <summary>Takes in what came, in a turn of the place.</summary>
    private void Take(object message)
    {
        switch (message)
        {
            case Tick:
                Claim();
                CheckNodes();
                break;
            case AttemptTicked ticked when ticked.Attempt == _attempt.Attempt && _mail.TryGetValue(ticked.Node, out NodeMail? mail):
                OnTicked(ticked, mail);
                break;
            case FiguresTold told when told.Attempt == _attempt.Attempt:
                _figures.Take(told, SourceClockwork.Now(_cluster.Clock));
                return;
            case FiguresTold:
                return;                                 // of an attempt that is over
            case InstanceClaimed claimed:
                _machine.OnClaimed(claimed.Attempt, claimed.Number,
                    new AttemptNode(claimed.Node, new LinkAddress(claimed.LinkHost, claimed.LinkPort), claimed.NodeActor));
                break;
            case AttemptOpened opened:
                _machine.OnOpened(opened.Attempt, opened.Node);
                break;
            case AttemptFailed failed:
                _machine.OnFailed(failed.Attempt, failed.Node, failed.Kind, failed.Text);
                break;
            case AttemptEnded ended:
                _machine.OnEnded(ended.Attempt, ended.Node);
                break;
            case InstanceMoving moving when moving.Attempt == _attempt.Attempt:
                Cancellation.Now(_moving);
                break;
            case EndNow:
                End();
                break;
            case PatienceOver:
                _machine.OnPatienceOver();
                break;
            case var _ when _cluster.Members.GoneIn(message) is { } gone:
                _machine.OnLost(gone);
                break;
            default:
                TakeFromInstance(message);
                return;
        }

        Advance();
    }

    private void TakeFromInstance(object message)
    {
        switch (message)
        {
            case EntityReplied replied when replied.Attempt == _attempt.Attempt:
                if (!_entities.Take(replied))
                    FailForLoss(replied.Instance);
                break;
            case InstanceReported reported when reported.Attempt == _attempt.Attempt:
                Count(reported.Number);
                if (!_entities.HasAll(reported.Number, reported.Replies))
                    FailForLoss(reported.Number);
                else
                    _run.TellEpochs(new EpochReported(reported.Attempt, reported.Number, EpochReportBytes.Read(reported.Report)));
                break;
            case InstanceSourceEnded ended when ended.Attempt == _attempt.Attempt:
                Count(ended.Number);
                _run.TellEpochs(new SourceEnded(ended.Attempt, ended.Number));
                break;
            case InstanceCommitTaken taken when taken.Attempt == _attempt.Attempt:
                Count(taken.Number);
                _run.TellEpochs(new CommitTaken(taken.Attempt, taken.Number));
                break;
            case AttemptWaits waits:
                _run.TellEpochs(new NodeWaits(waits.Attempt, waits.Node, waits.Text));
                break;
            case EpochWanted wanted when wanted.Attempt == _attempt.Attempt:
                _run.AskForEpoch();
                break;
        }
    }

    /// <summary>What entities have taken must be known before it is committed.</summary>
    private void FailForLoss(int instance) => _run.Fail(new JobException(
        $"Pipeline '{_attempt.Pipeline}', attempt {_attempt.Attempt}: answers of entities of instance '{_attempt.Actors[instance].Name}' were " +
        $"lost on their way from node '{_machine.Places[instance]?.Name}'."));

    private void Advance()
    {
        while (true)
        {
            switch (_machine.Next())
            {
                case AttemptStep.Open:
                    Open();
                    break;
                case AttemptStep.Begin:
                    _opened.TrySetResult();
                    break;
                case AttemptStep.Fail:
                    Exception error = ErrorOf(_machine.Failure!.Value);
                    _opened.TrySetException(error);
                    _ = _opened.Task.Exception;         // nobody may wait for it any more
                    _run.Fail(error);
                    break;
                case AttemptStep.Ended:
                    _ended.TrySetResult();
                    return;
                default:
                    return;
            }
        }
    }

    private void Claim()
    {
        if (!_machine.IsClaiming)
            return;
        for (int number = 0; number < _attempt.Actors.Count; number++)
        {
            if (_machine.Places[number] is null)
                _cluster.Region.Tell(new ClaimInstance(_attempt.Attempt, number, _attempt.Actors[number].Name, _self), _self);
        }
    }

    /// <summary>Tells each node of the attempt that it goes on, and how many messages there were.</summary>
    private void CheckNodes()
    {
        if (!_machine.GoesOn)
            return;
        foreach (NodeMail mail in _mail.Values)
        {
            mail.Tick(_attempt.Attempt, _self);
            if (_cluster.Clock.GetElapsedTime(mail.LastHeard) > s_silentAfter)
            {
                _machine.OnFailed(_attempt.Attempt, mail.Node.Name, FailureKind.Ordinary,
                    $"node '{mail.Node.Name}' has said nothing for {s_silentAfter.TotalSeconds:0} s");
            }
        }
    }

    private void OnTicked(AttemptTicked ticked, NodeMail mail)
    {
        mail.LastHeard = _cluster.Clock.GetTimestamp();
        if (ticked.IsOpen)
            _machine.OnOpened(ticked.Attempt, ticked.Node);
        if (ticked.Sent != mail.Received)
        {
            _machine.OnFailed(ticked.Attempt, ticked.Node, FailureKind.Ordinary,
                $"of {ticked.Sent} messages that node '{ticked.Node}' has sent {mail.Received} have come");
        }
    }

    private void Count(int instance) => _mail[_places[instance]!.Name].Received++;

    private void Open()
    {
        foreach (AttemptNode node in _machine.Nodes)
            _mail.Add(node.Name, new NodeMail(node) { LastHeard = _cluster.Clock.GetTimestamp() });
        Volatile.Write(ref _places, [.. _machine.Places]);
        string savepoint = _opening!.IsSavepoint ? _opening.Manifest!.RestoredFrom! : "";
        var open = new OpenAttempt(_attempt.Attempt, _self, _opening.Epoch, savepoint, _run.Plan.Options.Parallelism, _run.Shards.Count,
            _run.Shards.Seed, _run.Shards.AreKeysByBytes, _run.Partitions,
            [.. _attempt.Actors.Zip(_machine.Places, static (actor, node) => (actor.Name, node!.Name))],
            [.. _machine.Nodes]);
        foreach (AttemptNode node in _machine.Nodes)
            node.Actor.Tell(open, _self);
    }

    private void End()
    {
        _machine.OnEnd();
        foreach (AttemptNode node in _machine.Nodes)
            node.Actor.Tell(new EndAttempt(_attempt.Attempt), _self);
    }

    /// <summary>From any thread: the epochs tell instances.</summary>
    private void TellInstance(int number, object message)
    {
        if (message is StageWake)
            return;                                     // about what instances of one process share
        NodeMail mail = _mail[Volatile.Read(ref _places)[number]!.Name];
        if (!_entities.Send(number, message, given => mail.Node.Actor.Tell(given, _self)))
            mail.Tell(new ToInstance(_attempt.Attempt, number, message), _self);
    }

    private ActorStreamsException ErrorOf((FailureKind Kind, string Text) failure)
    {
        string end = failure.Text.EndsWith('.') ? "" : ".";
        string text = $"Pipeline '{_attempt.Pipeline}', attempt {_attempt.Attempt}: {failure.Text}{end}";
        return failure.Kind switch
        {
            FailureKind.Pipeline => new PipelineException(text),
            FailureKind.SourceLost => new SourceException(text) { IsLost = true },
            FailureKind.StoreLost => new StoreLostException(text),
            FailureKind.Overtaken => new FencedException(text),
            _ => new JobException(text),
        };
    }

    private sealed class Tick
    {
        public static readonly Tick Now = new();
    }

    private sealed class EndNow
    {
        public static readonly EndNow Now = new();
    }

    private sealed class PatienceOver
    {
        public static readonly PatienceOver Now = new();
    }
}
