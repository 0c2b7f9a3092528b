using ActorStreams.Cluster.Attempts;
using ActorStreams.Cluster.Entities;
using ActorStreams.Cluster.Figures;
using ActorStreams.Cluster.Links;
using ActorStreams.Core.Archives;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Stages;
using ActorStreams.Core.Storage;
using Akka.Actor;

namespace ActorStreams.Cluster.Nodes;

/// <summary>The part of an attempt that runs on one node: it builds the whole plan, runs the instances that are placed here, and has the
/// others behind links.</summary>
/// <remarks>All of it happens in turns of the node's actor, except what instances tell, which comes in theirs.</remarks>
internal sealed class NodeAttempt : IStageRun
{
    private readonly Pipeline _pipeline;
    private readonly OpenAttempt _open;
    private readonly NodeContext _node;
    private readonly NodeJournal? _journal;
    private readonly Manifest? _manifest;
    private readonly SavepointReader? _savepoint;
    private readonly JobBuild _build;
    private readonly Dictionary<StageLoop, int> _numbers = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly PreparedPlaces _places;
    private readonly LocalInstances _instances;
    private readonly Preparing _preparing;
    private readonly List<SharedNews> _early = [];
    private readonly IActorRef[] _others;
    private readonly EntityReplies[] _entities;
    private AttemptLinks? _links;
    private bool _isRunning;
    private readonly Lock _telling = new();
    private readonly Dictionary<IActorRef, long> _sharedReceived = [];
    private int _hasFailed;
    private AttemptFailed? _failure;
    private long _received, _sent, _shared;

    private NodeAttempt(Pipeline pipeline, OpenAttempt open, NodeContext node, PreparedPlaces places, NodeJournal? journal,
        Manifest? manifest, SavepointReader? savepoint)
    {
        (_pipeline, _open, _node, _places) = (pipeline, open, node, places);
        (_journal, _manifest, _savepoint) = (journal, manifest, savepoint);
        Dictionary<StreamNode, IReadOnlyList<string>> partitions = PartitionsOf(pipeline, open);
        var shards = new ShardMap(open.Shards, open.KeySeed, open.AreKeysByBytes);
        var plan = new Plan(pipeline, node.Options with { Parallelism = open.Parallelism }, partitions);
        _build = new JobBuild(plan, shards, partitions, this, node.Views,
            open.Instances.Where(one => one.Node == node.Links.Port.Node).Select(static one => one.Name).ToHashSet(StringComparer.Ordinal));
        string[] names = [.. _build.Actors.Select(static actor => actor.Name)];
        if (!names.SequenceEqual(open.Instances.Select(static instance => instance.Name), StringComparer.Ordinal))
        {
            throw new PipelineException($"Pipeline '{pipeline.Name}': node '{node.Links.Port.Node}' plans {names.Length} instances, the " +
                $"coordinator {open.Instances.Count}, or others. All nodes must run the same pipeline with the same options.");
        }

        for (int number = 0; number < _build.Actors.Count; number++)
            _numbers.Add(_build.Actors[number], number);
        _instances = new LocalInstances(
            new InstancesOfAttempt(pipeline.Name, open.Attempt, [.. Own.Select(number => _build.Actors[number])], OnFailed,
                (actor, reason) => Fail(new JobException($"Pipeline '{pipeline.Name}', actor '{actor}' failed: {reason}.")),
                _stopping.Token), _places);
        _others = [.. open.Nodes.Where(other => other.Name != node.Links.Port.Node).Select(static other => other.Actor)];
        _entities = [.. _build.Actors.Select((_, number) => new EntityReplies(pipeline, open.Attempt, number, node.MostBytes, Tell))];
        _build.ShareBy(TellShared);
        _preparing = new Preparing(journal, pipeline.Name, node.Options.Clock,
            why => Tell(new AttemptWaits(Attempt, _node.Links.Port.Node, why)), _stopping.Token);
    }

    public long Attempt => _open.Attempt;

    public bool IsVolatile => _journal is null;

    private IEnumerable<int> Own => Enumerable.Range(0, _open.Instances.Count)
        .Where(number => _open.Instances[number].Node == _node.Links.Port.Node);

    /// <summary>Builds the attempt, restores the instances of this node and opens its links. Nothing runs yet.</summary>
    /// <param name="pipeline">What to run.</param>
    /// <param name="open">The attempt.</param>
    /// <param name="node">What there is on this node.</param>
    /// <param name="places">The places of its instances.</param>
    /// <param name="entities">The entities that were claimed here, by the numbers of their instances.</param>
    /// <param name="ending">The attempt has ended before it was open: a link that it waits for may never come.</param>
    public static async Task<NodeAttempt> OpenAsync(Pipeline pipeline, OpenAttempt open, NodeContext node, PreparedPlaces places,
        IReadOnlyDictionary<int, IActorRef> entities, CancellationToken ending)
    {
        NodeJournal? journal = node.Store is null ? null : await node.Store.OpenNodeAsync(pipeline.Name, open.Attempt);
        SavepointReader? savepoint = null;              // it is read while the attempt opens, and never after
        NodeAttempt? attempt = null;
        try
        {
            EpochRecord? last = journal is null ? null : await journal.LastEpochAsync();
            if ((last?.Epoch ?? 0) != open.Epoch)
            {
                throw new JobException($"Pipeline '{pipeline.Name}': attempt {open.Attempt} restores epoch {open.Epoch}, but the store's last " +
                    $"is {last?.Epoch ?? 0}: another attempt has begun, or the nodes do not have the same store.");
            }

            Manifest? manifest = last is null ? null : Manifest.Decode(last.Manifest, pipeline.Name, last.Epoch);
            if (open.Savepoint.Length > 0)
            {
                (savepoint, manifest) = await Savepoints.OpenAgainAsync(node.Options.SavepointStore ?? node.Store!, pipeline.Name,
                    open.Savepoint, CancellationToken.None);
            }

            attempt = new NodeAttempt(pipeline, open, node, places, journal, manifest, savepoint);
            await attempt.OpenAsync(entities, ending);
            return attempt;
        }
        catch
        {
            if (attempt is not null)
                await attempt.EndAsync();
            else if (journal is not null)
                await journal.DisposeAsync();
            throw;
        }
        finally
        {
            if (savepoint is not null)
                await savepoint.DisposeAsync();
        }
    }

    /// <summary>Lets the instances run. All nodes are open by now: what they share with instances of this one can be told.</summary>
    public void Run()
    {
        lock (_early)
        {
            foreach (SharedNews news in _early)
                Share(news);
            _early.Clear();
            _isRunning = true;
        }

        _instances.Run();
    }

    /// <summary>Another node has told what its instances share with those of this one.</summary>
    public void Take(SharedNews news, IActorRef from)
    {
        _sharedReceived[from] = _sharedReceived.GetValueOrDefault(from) + 1;
        _build.Take(news);
    }

    /// <summary>A message of the coordinator has come that is counted.</summary>
    public void Count(long ofAttempt) => _received += ofAttempt == Attempt ? 1 : 0;

    /// <summary>The coordinator has told how many there were: answers how many there were from here, and has the other nodes told how many
    /// went there.</summary>
    public void Answer(AttemptTick tick)
    {
        if (tick.Sent != _received)
            Fail(Lost($"{_received} of {tick.Sent} messages of the coordinator"));
        if (Volatile.Read(ref _failure) is { } failure)
            Tell(failure);                              // it may have been lost the first time
        lock (_telling)
            Tell(new AttemptTicked(Attempt, _node.Links.Port.Node, IsOpen: true, _sent));
        TellFigures();
        lock (_early)
        {
            if (!_isRunning)
                return;
            foreach (IActorRef other in _others)
                other.Tell(new SharedTick(Attempt, _shared), _node.Self);
        }
    }

    /// <summary>Another node has told how many messages of it there were.</summary>
    public void Check(SharedTick tick, IActorRef from)
    {
        long received = _sharedReceived.GetValueOrDefault(from);
        if (tick.Sent != received)
            Fail(Lost($"{received} of {tick.Sent} messages of another node"));
    }

    /// <summary>Tells the coordinator what the instances of this node show of themselves.</summary>
    public void TellFigures()
    {
        byte[] figures;
        try
        {
            figures = FigureBytes.Of(InstanceFigures.Of(_build), SourceClockwork.Now(_node.Options.Clock));
        }
        catch (Exception)
        {
            return;                                     // what was read was changed under way: the next ones are told
        }

        FigurePieces.Tell(Attempt, _node.Links.Port.Node, figures, _node.MostBytes, _open.Coordinator, _node.Self);
    }

    /// <summary>An instance is told something by the coordinator.</summary>
    public void Tell(int number, object message)
    {
        StageLoop actor = _build.Actors[number];
        if (message is DrainRequest && actor.Source is { } source)
            message = new DrainRequest(EndInput(source.Name));
        actor.Context.Inbox.Tell(message, isUrgent: true);
    }

    /// <summary>An entity of an instance is told something.</summary>
    public void Tell(EntityGiven given)
    {
        try
        {
            if (_entities[given.Instance].Take(given) is { } message)
                Tell(given.Instance, message);
        }
        catch (JobException lost)
        {
            Fail(lost);
        }
    }

    /// <summary>Ends the instances of this node; complete when nothing of them runs any more.</summary>
    public async Task EndAsync()
    {
        Cancellation.Now(_stopping);
        Interlocked.Exchange(ref _hasFailed, 1);        // what fails from now on fails because of this
        await _instances.AbortAsync();
        if (_links is not null)
            await _links.DisposeAsync();
        await _preparing.EndAsync();
        await _instances.CloseAsync();
        if (_journal is not null)
            await _journal.DisposeAsync();
        await _places.CloseStagesAsync();
        _stopping.Dispose();
    }

    public void Report(StageLoop actor, EpochReport report)
    {
        long replies = _entities[_numbers[actor]].Count;
        _preparing.Prepare(_numbers[actor], report,
            (number, bytes) => TellCounted(new InstanceReported(Attempt, number, replies, bytes)), Fail);
    }

    public void OnSourceEnded(StageLoop actor) => TellCounted(new InstanceSourceEnded(Attempt, _numbers[actor]));

    public void OnCommitTaken(StageLoop actor) => TellCounted(new InstanceCommitTaken(Attempt, _numbers[actor]));

    public void OnFailed(StageLoop actor, Exception error)
    {
        if (error is OperationCanceledException && _stopping.IsCancellationRequested)
            return;   // the attempt ends: whatever the instance was waiting for does not matter any more
        Fail(error is ActorStreamsException ? error : new JobException(
            $"Pipeline '{_pipeline.Name}', actor '{actor.Name}' failed: {error.GetType().Name}: {error.Message}", error));
    }

    public void AskForEpoch() => Tell(new EpochWanted(Attempt));

    private async Task OpenAsync(IReadOnlyDictionary<int, IActorRef> entities, CancellationToken ending)
    {
        using CancellationTokenRegistration ended = ending.UnsafeRegister(
            static self => ((NodeAttempt)self!).GiveUpOpening(), this);
        LinkInstance[] instances = [.. _build.Actors.Select((actor, number) =>
            new LinkInstance(actor.Name, _open.Instances[number].Node, actor.Context.Inbox))];
        foreach (int number in Own)
        {
            if (!entities.TryGetValue(number, out IActorRef? entity))
            {
                throw new JobException(
                    $"Pipeline '{_pipeline.Name}': instance '{instances[number].Name}' is said to be on this node, and is not.");
            }

            await _places.PrepareAsync(instances[number].Name, entity);
        }

        _links = AttemptLinks.Prepare(_node.Links.Port, _pipeline.Name, Attempt, instances,
            _open.Nodes.ToDictionary(static node => node.Name, static node => node.Address, StringComparer.Ordinal), _node.Links.Network,
            _node.Links.Host, _node.Links.Limits, _node.Options.Clock, OnLink);
        _stopping.Token.ThrowIfCancellationRequested();
        _instances.OpenPlaces();
        Task linked = _links.OpenAsync();
        await _instances.RestoreAsync(new StageOpening(_savepoint as JobReader ?? _journal, _open.Epoch, _manifest, Attempt,
            _node.Store, isSavepoint: _savepoint is not null), _stopping.Token);
        await linked;
    }

    private void GiveUpOpening()
    {
        Cancellation.Now(_stopping);
        _links?.GiveUp();
    }

    /// <summary>In turns of the links.</summary>
    private void OnLink(LinkNews news)
    {
        if (news.Fault is { } fault)
            Fail(new JobException($"the link {(news.IsIncoming ? "from" : "to")} node '{news.Peer}' failed: {fault.Text}"));
    }

    /// <summary>In turns of instances.</summary>
    private void TellShared(SharedNews news)
    {
        lock (_early)
        {
            if (!_isRunning)
                _early.Add(news);
            else
                Share(news);
        }
    }

    private void Share(SharedNews news)
    {
        _shared++;
        foreach (IActorRef other in _others)
            other.Tell(new SharedChanged(Attempt, news), _node.Self);
    }

    /// <summary>Told once: the first failure is the cause, what follows mostly follows from it.</summary>
    private void Fail(Exception error)
    {
        if (Interlocked.Exchange(ref _hasFailed, 1) != 0)
            return;
        Volatile.Write(ref _failure, Failures.Of(Attempt, _node.Links.Port.Node, error));
        Tell(_failure!);
    }

    /// <summary>A source that is read here takes no more rows: it is told so as this process has it.</summary>
    private bool EndInput(string source) => _pipeline.Nodes.First(node => node.Name == source && node is ISourceNode) is ISourceNode node
        && node.EndInput(new SourceContext(_pipeline.Name, source, _node.Options.Clock));

    private JobException Lost(string what) =>
        new($"Pipeline '{_pipeline.Name}': only {what} have come to node '{_node.Links.Port.Node}'.");

    private void TellCounted(object message)
    {
        lock (_telling)
        {
            _sent++;
            Tell(message);
        }
    }

    private void Tell(object message) => _open.Coordinator.Tell(message, _node.Self);

    private static Dictionary<StreamNode, IReadOnlyList<string>> PartitionsOf(Pipeline pipeline, OpenAttempt open)
    {
        var partitions = new Dictionary<StreamNode, IReadOnlyList<string>>();
        foreach ((string source, IReadOnlyList<string> names) in open.Partitions)
        {
            StreamNode node = pipeline.Nodes.FirstOrDefault(node => node.Name == source && node is ISourceNode)
                ?? throw new PipelineException($"Pipeline '{pipeline.Name}': the coordinator has a source '{source}', this node has not. " +
                    "All nodes must run the same pipeline.");
            partitions.Add(node, names);
        }

        return partitions;
    }
}
