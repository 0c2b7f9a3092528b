using ActorStreams.Cluster.Ingresses;

namespace ActorStreams.Cluster.Wire;

/// <summary>Writes and reads what nodes tell each other of rows that are handed on.</summary>
internal static class IngressWire
{
    public static IReadOnlyList<Type> Types { get; } =
    [
        typeof(IngressHello), typeof(IngressRead), typeof(IngressGiven), typeof(IngressEnded), typeof(IngressWaiting),
        typeof(IngressMissing),
    ];

    /// <returns>Whether it is such a message.</returns>
    public static bool Write(object message, BlobWriter writer)
    {
        switch (message)
        {
            case IngressHello hello:
                writer.WriteByte((byte)MessageKind.IngressHello);
                writer.WriteInt64(hello.Attempt);
                writer.WriteString(hello.Source);
                writer.WriteString(hello.Ingress);
                break;
            case IngressRead read:
                writer.WriteByte((byte)MessageKind.IngressRead);
                writer.WriteInt64(read.Attempt);
                writer.WriteString(read.Source);
                writer.WriteByte(read.Committed is null ? (byte)0 : (byte)1);
                writer.WriteInt64(read.Committed ?? 0);
                break;
            case IngressGiven given:
                writer.WriteByte((byte)MessageKind.IngressGiven);
                writer.WriteString(given.Source);
                writer.WriteInt64(given.Number);
                writer.WriteByte(given.IsUrgent ? (byte)1 : (byte)0);
                EntityWire.WriteBlob(given.Row, writer);
                break;
            case IngressEnded ended:
                writer.WriteByte((byte)MessageKind.IngressEnded);
                writer.WriteString(ended.Source);
                writer.WriteInt64(ended.Number);
                writer.WriteString(ended.Refusal);
                break;
            case IngressWaiting waiting:
                writer.WriteByte((byte)MessageKind.IngressWaiting);
                writer.WriteString(waiting.Source);
                EntityWire.WriteNumbers(waiting.Numbers, writer);
                break;
            case IngressMissing missing:
                writer.WriteByte((byte)MessageKind.IngressMissing);
                writer.WriteString(missing.Source);
                writer.WriteInt64(missing.Number);
                break;
            default:
                return false;
        }

        return true;
    }

    /// <returns>The message; null: it is of another kind.</returns>
    public static object? Read(MessageKind kind, ref BlobReader reader)
    {
        switch (kind)
        {
            case MessageKind.IngressHello:
                return new IngressHello(reader.ReadInt64(), reader.ReadString(), reader.ReadString());
            case MessageKind.IngressRead:
                long attempt = reader.ReadInt64();
                string source = reader.ReadString();
                bool isKnown = reader.ReadByte() == 1;
                long committed = reader.ReadInt64();
                return new IngressRead(attempt, source, isKnown ? committed : null);
            case MessageKind.IngressGiven:
                return new IngressGiven(reader.ReadString(), reader.ReadInt64(), reader.ReadByte() == 1, EntityWire.ReadBlob(ref reader));
            case MessageKind.IngressEnded:
                return new IngressEnded(reader.ReadString(), reader.ReadInt64(), reader.ReadString());
            case MessageKind.IngressWaiting:
                return new IngressWaiting(reader.ReadString(), EntityWire.ReadNumbers(ref reader));
            case MessageKind.IngressMissing:
                return new IngressMissing(reader.ReadString(), reader.ReadInt64());
            default:
                return null;
        }
    }
}
