using ActorStreams.Cluster.Attempts;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Placement;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Stages;
using Akka.Actor;

namespace ActorStreams.Cluster.Wire;

/// <summary>Writes messages between nodes.</summary>
internal static class MessageWriter
{
    /// <param name="message">The message.</param>
    /// <param name="writer">Takes its bytes.</param>
    /// <param name="path">Of an actor the path that other nodes find it by.</param>
    public static void Write(object message, BlobWriter writer, Func<IActorRef, string> path)
    {
        switch (message)
        {
            case ClaimInstance claim:
                Begin(writer, MessageKind.ClaimInstance, claim.Attempt, claim.Number);
                writer.WriteString(claim.Name);
                writer.WriteString(path(claim.Coordinator));
                break;
            case InstanceClaimed claimed:
                Begin(writer, MessageKind.InstanceClaimed, claimed.Attempt, claimed.Number);
                writer.WriteString(claimed.Node);
                writer.WriteString(claimed.LinkHost);
                writer.WriteInt32(claimed.LinkPort);
                writer.WriteString(path(claimed.NodeActor));
                break;
            case InstanceMoving moving:
                Begin(writer, MessageKind.InstanceMoving, moving.Attempt);
                break;
            case MoveInstance:
                writer.WriteByte((byte)MessageKind.MoveInstance);
                break;
            case OpenAttempt open:
                WriteOpen(open, writer, path);
                break;
            case RunAttempt run:
                Begin(writer, MessageKind.RunAttempt, run.Attempt);
                break;
            case EndAttempt end:
                Begin(writer, MessageKind.EndAttempt, end.Attempt);
                break;
            case AttemptOpened opened:
                Begin(writer, MessageKind.AttemptOpened, opened.Attempt);
                writer.WriteString(opened.Node);
                break;
            case AttemptFailed failed:
                Begin(writer, MessageKind.AttemptFailed, failed.Attempt);
                writer.WriteString(failed.Node);
                writer.WriteByte((byte)failed.Kind);
                writer.WriteString(failed.Text);
                break;
            case AttemptWaits waits:
                Begin(writer, MessageKind.AttemptWaits, waits.Attempt);
                writer.WriteString(waits.Node);
                writer.WriteString(waits.Text);
                break;
            case AttemptEnded ended:
                Begin(writer, MessageKind.AttemptEnded, ended.Attempt);
                writer.WriteString(ended.Node);
                break;
            case ToInstance told:
                WriteTold(told, writer);
                break;
            case InstanceReported reported:
                Begin(writer, MessageKind.InstanceReported, reported.Attempt, reported.Number);
                writer.WriteInt64(reported.Replies);
                EntityWire.WriteBlob(reported.Report, writer);
                break;
            case InstanceSourceEnded ended:
                Begin(writer, MessageKind.InstanceSourceEnded, ended.Attempt, ended.Number);
                break;
            case InstanceCommitTaken taken:
                Begin(writer, MessageKind.InstanceCommitTaken, taken.Attempt, taken.Number);
                break;
            case EpochWanted wanted:
                Begin(writer, MessageKind.EpochWanted, wanted.Attempt);
                break;
            case AttemptTick tick:
                Begin(writer, MessageKind.AttemptTick, tick.Attempt);
                writer.WriteInt64(tick.Sent);
                break;
            case AttemptTicked ticked:
                Begin(writer, MessageKind.AttemptTicked, ticked.Attempt);
                writer.WriteString(ticked.Node);
                writer.WriteByte(ticked.IsOpen ? (byte)1 : (byte)0);
                writer.WriteInt64(ticked.Sent);
                break;
            case SharedTick tick:
                Begin(writer, MessageKind.SharedTick, tick.Attempt);
                writer.WriteInt64(tick.Sent);
                break;
            case SharedChanged changed:
                Begin(writer, MessageKind.SharedChanged, changed.Attempt);
                writer.WriteInt32(changed.News.Group);
                writer.WriteInt32(changed.News.Member);
                writer.WriteByte(changed.News.Kind);
                writer.WriteInt64(changed.News.First);
                writer.WriteInt64(changed.News.Second);
                break;
            case JobAsked asked:
                writer.WriteByte((byte)MessageKind.JobAsked);
                writer.WriteString(path(asked.Node));
                writer.WriteInt64(asked.NoticesOf);
                writer.WriteInt64(asked.Notices);
                break;
            case JobState state:
                WriteState(state, writer);
                break;
            case StopJob:
                writer.WriteByte((byte)MessageKind.StopJob);
                break;
            case DrainJob:
                writer.WriteByte((byte)MessageKind.DrainJob);
                break;
            case CommitJob commit:
                writer.WriteByte((byte)MessageKind.CommitJob);
                writer.WriteInt64(commit.Request);
                break;
            case JobCommitted committed:
                writer.WriteByte((byte)MessageKind.JobCommitted);
                writer.WriteInt64(committed.Request);
                writer.WriteInt64(committed.Epoch);
                writer.WriteByte(committed.IsThere ? (byte)1 : (byte)0);
                writer.WriteString(committed.Text);
                break;
            case SaveJob save:
                writer.WriteByte((byte)MessageKind.SaveJob);
                writer.WriteInt64(save.Request);
                writer.WriteString(save.Name);
                break;
            case JobSaved saved:
                writer.WriteByte((byte)MessageKind.JobSaved);
                writer.WriteInt64(saved.Request);
                writer.WriteByte((byte)saved.Outcome);
                writer.WriteString(saved.Text);
                writer.WriteString(saved.Name);
                writer.WriteInt64(saved.Epoch);
                writer.WriteInt64(saved.TakenAt);
                writer.WriteInt64(saved.SizeBytes);
                break;
            case HandOver:
                writer.WriteByte((byte)MessageKind.HandOver);
                break;
            default:
                if (!EntityWire.Write(message, writer) && !ViewWire.Write(message, writer)
                    && !IngressWire.Write(message, writer) && !FigureWire.Write(message, writer))
                    throw new CodecException($"{message.GetType().Name} is no message between nodes.");
                break;
        }
    }

    private static void Begin(BlobWriter writer, MessageKind kind, long attempt)
    {
        writer.WriteByte((byte)kind);
        writer.WriteInt64(attempt);
    }

    /// <summary>Of a message about one instance.</summary>
    private static void Begin(BlobWriter writer, MessageKind kind, long attempt, int instance)
    {
        Begin(writer, kind, attempt);
        writer.WriteInt32(instance);
    }

    private static void WriteOpen(OpenAttempt open, BlobWriter writer, Func<IActorRef, string> path)
    {
        Begin(writer, MessageKind.OpenAttempt, open.Attempt);
        writer.WriteString(path(open.Coordinator));
        writer.WriteInt64(open.Epoch);
        writer.WriteInt32(open.Parallelism);
        writer.WriteInt32(open.Shards);
        writer.WriteInt64((long)open.KeySeed);
        writer.WriteByte(open.AreKeysByBytes ? (byte)1 : (byte)0);
        writer.WriteString(open.Savepoint);
        writer.WriteVarint((uint)open.Partitions.Count);
        foreach ((string source, IReadOnlyList<string> partitions) in open.Partitions)
        {
            writer.WriteString(source);
            writer.WriteVarint((uint)partitions.Count);
            foreach (string partition in partitions)
                writer.WriteString(partition);
        }

        WritePairs(open.Instances, writer);
        writer.WriteVarint((uint)open.Nodes.Count);
        foreach (AttemptNode node in open.Nodes)
        {
            writer.WriteString(node.Name);
            writer.WriteString(node.Address.Host);
            writer.WriteInt32(node.Address.Port);
            writer.WriteString(path(node.Actor));
        }
    }

    private static void WriteTold(ToInstance told, BlobWriter writer)
    {
        switch (told.Message)
        {
            case BarrierRequest barrier:
                Begin(writer, MessageKind.Barrier, told.Attempt, told.Number);
                writer.WriteInt64(barrier.Epoch);
                writer.WriteByte((byte)barrier.Kind);
                break;
            case EpochCommitted committed:
                Begin(writer, MessageKind.Committed, told.Attempt, told.Number);
                writer.WriteInt64(committed.Epoch);
                break;
            case PauseRequest pause:
                Begin(writer, MessageKind.Pause, told.Attempt, told.Number);
                writer.WriteByte(pause.IsPaused ? (byte)1 : (byte)0);
                break;
            case DrainRequest drain:
                Begin(writer, MessageKind.Drain, told.Attempt, told.Number);
                writer.WriteByte(drain.EndsByItself ? (byte)1 : (byte)0);
                break;
            default:
                throw new CodecException($"{told.Message.GetType().Name} cannot be told to an instance of another node.");
        }
    }

    private static void WriteState(JobState state, BlobWriter writer)
    {
        Begin(writer, MessageKind.JobState, state.Attempt);
        writer.WriteByte((byte)state.Phase);
        writer.WriteInt64(state.Epoch);
        writer.WriteInt32(state.Restarts);
        writer.WriteString(state.Text);
        writer.WriteString(state.Coordinator);
        WritePairs(state.Instances, writer);
        writer.WriteByte(state.IsRunning ? (byte)1 : (byte)0);
    }

    private static void WritePairs(IReadOnlyList<(string Name, string Node)> pairs, BlobWriter writer)
    {
        writer.WriteVarint((uint)pairs.Count);
        foreach ((string name, string node) in pairs)
        {
            writer.WriteString(name);
            writer.WriteString(node);
        }
    }
}
