using ActorStreams.Cluster.Attempts;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Placement;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace ActorStreams.Cluster.Wire;

/// <summary>How the messages of a job go between nodes: written by hand, a byte of kind and its fields in order. What is not listed here
/// never leaves its process.</summary>
/// <remarks>A later build may add fields at the end of a message and kinds of messages: it goes together with the build before it, and the
/// version stays. Any other change gives the version a new number, and messages of another version are refused: they are never read as
/// something else.</remarks>
internal sealed class Messages(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    internal const string Version = "2";

    /// <summary>No other serializer of Akka's, or of its plugins, has it.</summary>
    private const int Number = 20_261_130;

    public override int Identifier => Number;

    /// <summary>Has the system write these messages by it. A configuration that is added has the system read its serializers anew, which
    /// would undo what is added by code.</summary>
    public static void Register(ActorSystem system)
    {
        Type[] types =
        [
            typeof(ClaimInstance), typeof(InstanceClaimed), typeof(InstanceMoving), typeof(MoveInstance), typeof(OpenAttempt),
            typeof(RunAttempt), typeof(EndAttempt), typeof(AttemptOpened), typeof(AttemptFailed), typeof(AttemptEnded), typeof(ToInstance),
            typeof(InstanceReported), typeof(InstanceSourceEnded), typeof(InstanceCommitTaken), typeof(EpochWanted), typeof(JobAsked),
            typeof(JobState), typeof(StopJob), typeof(HandOver), typeof(SharedChanged), typeof(SaveJob), typeof(JobSaved),
            typeof(AttemptWaits), typeof(AttemptTick), typeof(AttemptTicked), typeof(SharedTick),
            typeof(CommitJob), typeof(JobCommitted),
            typeof(DrainJob), .. EntityWire.Types, .. ViewWire.Types, .. IngressWire.Types, .. FigureWire.Types,
        ];
        string own = $"{typeof(Messages).FullName}, {typeof(Messages).Assembly.GetName().Name}";
        system.Settings.InjectTopLevelFallback(ConfigurationFactory.ParseString($$"""
            akka.actor {
              serializers.actorstreams = "{{own}}"
              serialization-identifiers."{{own}}" = {{Number}}
              serialization-bindings {
                {{string.Join("\n", types.Select(static type => $"\"{type.FullName}, {type.Assembly.GetName().Name}\" = actorstreams"))}}
              }
            }
            """));
    }

    public override string Manifest(object o) => Version;

    public override byte[] ToBinary(object obj)
    {
        var writer = new BlobWriter();
        MessageWriter.Write(obj, writer, Serialization.SerializedActorPath);
        return writer.ToArray();
    }

    /// <exception cref="CodecException">The bytes are none, or of another version.</exception>
    public override object FromBinary(byte[] bytes, string manifest) => manifest == Version
        ? MessageReader.Read(bytes, path => system.Provider.ResolveActorRef(path))
        : throw new CodecException($"A message between nodes is of version {manifest}, this build reads version {Version}. Nodes of such " +
            "builds cannot run a job together: stop it, give all nodes the same build, and start it again.");
}
