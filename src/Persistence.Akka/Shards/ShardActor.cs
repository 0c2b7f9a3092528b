using Akka.Actor;
using Akka.Event;
using Akka.Persistence;

namespace ActorStreams.Persistence.Akka.Shards;

/// <summary>A shard of an operator: its events in the order in which they were written, those that never counted included.</summary>
/// <remarks>
/// It keeps where each event is, not the event: state lives in the operator. What it has read at its start it holds until it is asked for
/// it or writes. A journal that fails stops it, as Akka.Persistence wants; the next request starts it anew, and it reads what is really
/// there.
/// </remarks>
internal sealed class ShardActor : UntypedPersistentActor
{
    /// <summary>The plugin of Akka.Persistence that has none: the application's is not asked at every start of a shard.</summary>
    private const string NoSnapshots = "akka.persistence.no-snapshot-store";

    private readonly List<Place> _places = [];
    private readonly Queue<WriteShard> _writes = new();
    private readonly ShardName _shard;
    private readonly bool _isReader;
    private int _written;
    private List<ShardEvent>? _read = [];
    private int _deletions;
    private bool _isClosing;

    /// <param name="shard">The shard.</param>
    /// <param name="persistenceId">Its name in the journal.</param>
    /// <param name="journalPlugin">Which journal; empty: the system's default.</param>
    /// <param name="isReader">It is read once, and stops.</param>
    public ShardActor(ShardName shard, string persistenceId, string journalPlugin, bool isReader)
    {
        (_shard, _isReader) = (shard, isReader);
        (PersistenceId, JournalPluginId, SnapshotPluginId) = (persistenceId, journalPlugin, NoSnapshots);
    }

    public override string PersistenceId { get; }

    /// <summary>Snapshots are events: whether one counts is decided by the epoch's row.</summary>
    public override Recovery Recovery => new(SnapshotSelectionCriteria.None);

    protected override void OnRecover(object message)
    {
        if (message is ShardEvent found)
        {
            _places.Add(Place.Of(found, LastSequenceNr));
            _read!.Add(found);
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case ReadShard read when _read is { } found:
                _read = null;
                read.Complete(found);
                if (_isReader)
                    Context.Stop(Self);
                break;
            case ReadShard:
                Context.Parent.Tell(message);   // another reads it from the journal
                break;
            case WriteShard write:
                Write(write);
                break;
            case TrimShards trim:
                Trim(trim);
                break;
            case DeleteMessagesSuccess:
                OnDeleted();
                break;
            case DeleteMessagesFailure failure:
                // The next snapshot removes them, too.
                Log.Warning(failure.Cause,
                    "{0}: events up to {1}, which nobody needs, were not removed.", PersistenceId, failure.ToSequenceNr);
                OnDeleted();
                break;
            case CloseShards:
                _isClosing = true;
                StopIfDone();
                break;
        }
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        Context.Parent.Tell(new ShardFailed(cause));
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        Context.Parent.Tell(new ShardFailed(cause));
        Context.Stop(Self);
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        Context.Parent.Tell(new ShardFailed(reason));
        base.OnRecoveryFailure(reason, message);
    }

    private void Write(WriteShard write)
    {
        _read = null;
        if (write.Events.Count == 0)
        {
            write.Complete();
            return;
        }

        _writes.Enqueue(write);
        // All at once would be one transaction, which for megabytes takes twice as long; the epoch's row makes them count together.
#pragma warning disable AK1006
        foreach (ShardEvent one in write.Events)
            PersistAsync(one, Written);
#pragma warning restore AK1006
    }

    /// <summary>The next event of the oldest write is in the journal.</summary>
    private void Written(ShardEvent one)
    {
        _places.Add(Place.Of(one, LastSequenceNr));
        if (++_written < _writes.Peek().Events.Count)
            return;
        _written = 0;
        _writes.Dequeue().Complete();
    }

    private void Trim(TrimShards trim)
    {
        int keep = Math.Max(0, _places.FindLastIndex(one => trim.BeginsAt(_shard, one.Writer, one.Epoch, one.IsSnapshot, one.Part)));
        while (keep < _places.Count && trim.NeverCounts(_shard, _places[keep].Writer, _places[keep].Epoch))
            keep++;
        if (keep == 0)
            return;
        _deletions++;
        // A journal in memory lets two writers have the same number.
        DeleteMessages(keep == _places.Count ? LastSequenceNr : _places.Skip(keep).Min(one => one.SequenceNr) - 1);
        _places.RemoveRange(0, keep);
    }

    private void OnDeleted()
    {
        _deletions--;
        StopIfDone();
    }

    private void StopIfDone()
    {
        if (_isClosing && _deletions == 0)
            Context.Stop(Self);
    }

    private readonly record struct Place(long SequenceNr, long Writer, long Epoch, int Part, bool IsSnapshot)
    {
        public static Place Of(ShardEvent at, long sequenceNr) => new(sequenceNr, at.Writer, at.Epoch, at.Part, at.IsSnapshot);
    }
}
