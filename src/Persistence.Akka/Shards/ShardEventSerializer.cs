using System.Globalization;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace ActorStreams.Persistence.Akka.Shards;

/// <summary>Passes the bytes of an event on as they are; what else is to be known of it is its manifest, which people can read in the
/// journal's table.</summary>
/// <remarks>It is added to the ActorSystem's configuration by <see cref="AddTo"/>, so that nobody has to. A serializer that is added to the
/// system itself would be gone with the next extension that brings its configuration: Akka then makes all of them anew.</remarks>
internal sealed class ShardEventSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const int Number = 0x41435354;

    public override int Identifier => Number;

    private static readonly Config s_config = ConfigurationFactory.ParseString($$"""
        akka.actor {
          serializers.actorstreams-shard-event = "{{NameOf(typeof(ShardEventSerializer))}}"
          serialization-bindings."{{NameOf(typeof(ShardEvent))}}" = actorstreams-shard-event
        }
        """);

    public static void AddTo(ActorSystem system) => system.Settings.InjectTopLevelFallback(s_config);

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";

    public override string Manifest(object o)
    {
        var e = (ShardEvent)o;
        return string.Create(CultureInfo.InvariantCulture, $"1:{e.Writer}:{e.Epoch}:{e.Part}:{(e.IsSnapshot ? 's' : 'e')}:{e.Checksum:x8}");
    }

    public override byte[] ToBinary(object obj) => ((ShardEvent)obj).Payload;

    public override object FromBinary(byte[] bytes, string manifest)
    {
        string[] parts = manifest.Split(':');
        if (parts.Length != 6 || parts[0] != "1"
            || !long.TryParse(parts[1], CultureInfo.InvariantCulture, out long writer)
            || !long.TryParse(parts[2], CultureInfo.InvariantCulture, out long epoch)
            || !int.TryParse(parts[3], CultureInfo.InvariantCulture, out int part)
            || !uint.TryParse(parts[5], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint checksum))
        {
            throw new SerializationException($"'{manifest}' is no manifest of an event of ActorStreams that this version reads.");
        }

        return new ShardEvent(writer, epoch, part, parts[4] == "s", checksum, bytes);
    }
}
