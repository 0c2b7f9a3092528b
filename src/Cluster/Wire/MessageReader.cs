using ActorStreams.Cluster.Attempts;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Links;
using ActorStreams.Cluster.Placement;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Stages;
using Akka.Actor;

namespace ActorStreams.Cluster.Wire;

/// <summary>Reads messages between nodes.</summary>
/// <remarks>What follows the fields that this build knows is of a later one, and not looked at.</remarks>
internal static class MessageReader
{
    /// <param name="bytes">What <see cref="MessageWriter"/> wrote.</param>
    /// <param name="find">The actor of a path.</param>
    /// <exception cref="CodecException">The bytes are no message.</exception>
    public static object Read(ReadOnlySpan<byte> bytes, Func<string, IActorRef> find)
    {
        var reader = new BlobReader(bytes);
        var kind = (MessageKind)reader.ReadByte();
        switch (kind)
        {
            case MessageKind.MoveInstance: return MoveInstance.Now;
            case MessageKind.StopJob: return StopJob.Now;
            case MessageKind.HandOver: return HandOver.Now;
            case MessageKind.SaveJob: return new SaveJob(reader.ReadInt64(), reader.ReadString());
            case MessageKind.JobSaved:
                return new JobSaved(reader.ReadInt64(), (SaveOutcome)reader.ReadByte(), reader.ReadString(), reader.ReadString(),
                    reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
            case MessageKind.DrainJob: return DrainJob.Now;
            case MessageKind.CommitJob: return new CommitJob(reader.ReadInt64());
            case MessageKind.JobCommitted:
                return new JobCommitted(reader.ReadInt64(), reader.ReadInt64(), reader.ReadByte() == 1, reader.ReadString());
            case MessageKind.JobAsked: return new JobAsked(find(reader.ReadString()), reader.ReadInt64(), reader.ReadInt64());
        }

        if ((EntityWire.Read(kind, ref reader) ?? ViewWire.Read(kind, ref reader) ?? IngressWire.Read(kind, ref reader)
            ?? FigureWire.Read(kind, ref reader)) is { } known)
            return known;

        long attempt = reader.ReadInt64();
        switch (kind)
        {
            case MessageKind.ClaimInstance:
                return new ClaimInstance(attempt, reader.ReadInt32(), reader.ReadString(), find(reader.ReadString()));
            case MessageKind.InstanceClaimed:
                return new InstanceClaimed(attempt, reader.ReadInt32(), reader.ReadString(), reader.ReadString(), reader.ReadInt32(),
                    find(reader.ReadString()));
            case MessageKind.InstanceMoving: return new InstanceMoving(attempt);
            case MessageKind.OpenAttempt: return ReadOpen(attempt, ref reader, find);
            case MessageKind.RunAttempt: return new RunAttempt(attempt);
            case MessageKind.EndAttempt: return new EndAttempt(attempt);
            case MessageKind.AttemptOpened: return new AttemptOpened(attempt, reader.ReadString());
            case MessageKind.AttemptFailed:
                return new AttemptFailed(attempt, reader.ReadString(), (FailureKind)reader.ReadByte(), reader.ReadString());
            case MessageKind.AttemptWaits: return new AttemptWaits(attempt, reader.ReadString(), reader.ReadString());
            case MessageKind.AttemptEnded: return new AttemptEnded(attempt, reader.ReadString());
            case MessageKind.Barrier:
                return new ToInstance(attempt, reader.ReadInt32(), new BarrierRequest(reader.ReadInt64(), (BarrierKind)reader.ReadByte()));
            case MessageKind.Committed: return new ToInstance(attempt, reader.ReadInt32(), new EpochCommitted(reader.ReadInt64()));
            case MessageKind.Pause: return new ToInstance(attempt, reader.ReadInt32(), new PauseRequest(reader.ReadByte() == 1));
            case MessageKind.Drain: return new ToInstance(attempt, reader.ReadInt32(), new DrainRequest(reader.ReadByte() == 1));
            case MessageKind.InstanceReported:
                return new InstanceReported(attempt, reader.ReadInt32(), reader.ReadInt64(), EntityWire.ReadBlob(ref reader));
            case MessageKind.InstanceSourceEnded: return new InstanceSourceEnded(attempt, reader.ReadInt32());
            case MessageKind.InstanceCommitTaken: return new InstanceCommitTaken(attempt, reader.ReadInt32());
            case MessageKind.EpochWanted: return new EpochWanted(attempt);
            case MessageKind.AttemptTick: return new AttemptTick(attempt, reader.ReadInt64());
            case MessageKind.AttemptTicked:
                return new AttemptTicked(attempt, reader.ReadString(), reader.ReadByte() == 1, reader.ReadInt64());
            case MessageKind.SharedTick: return new SharedTick(attempt, reader.ReadInt64());
            case MessageKind.SharedChanged:
                return new SharedChanged(attempt,
                    new SharedNews(reader.ReadInt32(), reader.ReadInt32(), reader.ReadByte(), reader.ReadInt64(), reader.ReadInt64()));
            case MessageKind.JobState:
                return new JobState((JobPhase)reader.ReadByte(), reader.ReadInt64(), attempt, reader.ReadInt32(), reader.ReadString(),
                    reader.ReadString(), ReadPairs(ref reader), reader.ReadByte() == 1);
            default:
                throw new CodecException($"A message between nodes begins with {(byte)kind}, which no message does.");
        }
    }

    private static OpenAttempt ReadOpen(long attempt, ref BlobReader reader, Func<string, IActorRef> find)
    {
        IActorRef coordinator = find(reader.ReadString());
        long epoch = reader.ReadInt64();
        int parallelism = reader.ReadInt32(), shards = reader.ReadInt32();
        ulong seed = (ulong)reader.ReadInt64();
        bool areKeysByBytes = reader.ReadByte() == 1;
        string savepoint = reader.ReadString();
        var partitions = new List<(string, IReadOnlyList<string>)>();
        for (uint left = reader.ReadVarint(); left > 0; left--)
        {
            string source = reader.ReadString();
            var names = new List<string>();
            for (uint more = reader.ReadVarint(); more > 0; more--)
                names.Add(reader.ReadString());
            partitions.Add((source, names));
        }

        IReadOnlyList<(string, string)> instances = ReadPairs(ref reader);
        var nodes = new List<AttemptNode>();
        for (uint left = reader.ReadVarint(); left > 0; left--)
        {
            nodes.Add(new AttemptNode(reader.ReadString(), new LinkAddress(reader.ReadString(), reader.ReadInt32()),
                find(reader.ReadString())));
        }

        return new OpenAttempt(attempt, coordinator, epoch, savepoint, parallelism, shards, seed, areKeysByBytes, partitions, instances,
            nodes);
    }

    private static List<(string, string)> ReadPairs(ref BlobReader reader)
    {
        var pairs = new List<(string, string)>();
        for (uint left = reader.ReadVarint(); left > 0; left--)
            pairs.Add((reader.ReadString(), reader.ReadString()));
        return pairs;
    }
}
