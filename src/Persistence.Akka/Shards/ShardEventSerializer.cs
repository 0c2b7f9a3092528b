using System.Globalization;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace ActorStreams.Persistence.Akka.Shards;

/// <summary>Passes the bytes of an event on as they are; what else is to be known of it is its manifest, which people can read in the
/// journal's table.</summary>
/// <remarks>It is added to the ActorSystem by <see cref="AddTo"/>, so that no configuration is needed.</remarks>
internal sealed class ShardEventSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const int Number = 0x41435354;

    public override int Identifier => Number;

    public static void AddTo(ActorSystem system)
    {
        var extended = (ExtendedActorSystem)system;
        if (extended.Serialization.FindSerializerForType(typeof(ShardEvent)) is ShardEventSerializer)
            return;
        var serializer = new ShardEventSerializer(extended);
        extended.Serialization.AddSerializer("actorstreams-shard-event", serializer);
        extended.Serialization.AddSerializationMap(typeof(ShardEvent), serializer);
    }

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
