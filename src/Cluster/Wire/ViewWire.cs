using ActorStreams.Cluster.Views;

namespace ActorStreams.Cluster.Wire;

/// <summary>Writes and reads what nodes ask and answer of views.</summary>
internal static class ViewWire
{
    public static IReadOnlyList<Type> Types { get; } = [typeof(ViewAsked), typeof(ViewAnswered)];

    /// <returns>Whether it is such a message.</returns>
    public static bool Write(object message, BlobWriter writer)
    {
        switch (message)
        {
            case ViewAsked asked:
                writer.WriteByte((byte)MessageKind.ViewAsked);
                writer.WriteInt64(asked.Attempt);
                writer.WriteString(asked.View);
                writer.WriteInt64(asked.After);
                writer.WriteInt32(asked.Offset);
                break;
            case ViewAnswered answered:
                writer.WriteByte((byte)MessageKind.ViewAnswered);
                writer.WriteInt64(answered.Attempt);
                writer.WriteString(answered.View);
                writer.WriteString(answered.Node);
                writer.WriteInt64(answered.After);
                writer.WriteInt32(answered.Offset);
                writer.WriteInt32(answered.Total);
                EntityWire.WriteBlob(answered.Bytes, writer);
                break;
            default:
                return false;
        }

        return true;
    }

    /// <returns>The message; null: it is of another kind.</returns>
    public static object? Read(MessageKind kind, ref BlobReader reader) => kind switch
    {
        MessageKind.ViewAsked => new ViewAsked(reader.ReadInt64(), reader.ReadString(), reader.ReadInt64(), reader.ReadInt32()),
        MessageKind.ViewAnswered => new ViewAnswered(reader.ReadInt64(), reader.ReadString(), reader.ReadString(), reader.ReadInt64(),
            reader.ReadInt32(), reader.ReadInt32(), EntityWire.ReadBlob(ref reader)),
        _ => null,
    };
}
