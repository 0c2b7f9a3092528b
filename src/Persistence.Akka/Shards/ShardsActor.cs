using Akka.Actor;

namespace ActorStreams.Persistence.Akka.Shards;

/// <summary>The shards of a job for one writer or reader: starts each when it is first asked for something, and answers for those that the
/// journal has stopped.</summary>
/// <param name="job">The job.</param>
/// <param name="journalPlugin">Which journal; empty: the system's default.</param>
internal sealed class ShardsActor(string job, string journalPlugin) : UntypedActor
{
    private readonly Dictionary<ShardName, IActorRef> _shards = [];
    private readonly Dictionary<IActorRef, Waiting> _waiting = [];
    private bool _isClosing;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReadShard read when _waiting.ContainsKey(Sender):
                Hand(Start(read.Shard, isReader: true), read);   // it has been read before: from the journal once more
                break;
            case ShardRequest request:
                if (!_shards.TryGetValue(request.Shard, out IActorRef? shard))
                    _shards.Add(request.Shard, shard = Start(request.Shard, isReader: false));
                Hand(shard, request);
                break;
            case TrimShards trim:
                foreach (IActorRef one in _shards.Values)
                    one.Tell(trim);
                break;
            case ShardFailed failed when _waiting.TryGetValue(Sender, out Waiting? waiting):
                waiting.Error = failed.Error;
                break;
            case Terminated stopped:
                OnStopped(stopped.ActorRef);
                StopIfDone();
                break;
            case CloseShards:
                _isClosing = true;
                foreach (IActorRef one in _waiting.Keys)
                    one.Tell(message);
                StopIfDone();
                break;
        }
    }

    /// <summary>The journal stops a shard that it fails; whoever asks next starts it.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Stop);

    protected override void PostStop()
    {
        foreach (Waiting waiting in _waiting.Values)
            waiting.Fail(new InvalidOperationException("The store was closed, or its ActorSystem was terminated."));
    }

    private void StopIfDone()
    {
        if (_isClosing && _waiting.Count == 0)
            Context.Stop(Self);
    }

    private IActorRef Start(ShardName shard, bool isReader)
    {
        string id = shard.IdIn(job), plugin = journalPlugin;
        IActorRef actor = Context.Watch(Context.ActorOf(Props.Create(() => new ShardActor(shard, id, plugin, isReader))));
        _waiting.Add(actor, new Waiting(shard));
        return actor;
    }

    private void Hand(IActorRef shard, ShardRequest request)
    {
        _waiting[shard].Add(request);
        shard.Tell(request);
    }

    private void OnStopped(IActorRef shard)
    {
        if (!_waiting.Remove(shard, out Waiting? waiting))
            return;
        if (_shards.TryGetValue(waiting.Shard, out IActorRef? current) && current.Equals(shard))
            _shards.Remove(waiting.Shard);
        waiting.Fail(waiting.Error ?? new InvalidOperationException("The shard's actor was stopped."));
    }

    /// <summary>Who waits for a shard.</summary>
    private sealed class Waiting(ShardName shard)
    {
        private readonly List<ShardRequest> _requests = [];

        public ShardName Shard => shard;

        public Exception? Error { get; set; }

        public void Add(ShardRequest request)
        {
            _requests.RemoveAll(static one => one.IsDone);
            _requests.Add(request);
        }

        public void Fail(Exception error)
        {
            foreach (ShardRequest request in _requests)
                request.Fail(error);
        }
    }
}
