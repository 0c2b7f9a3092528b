using ActorStreams.Cluster.Figures;

namespace ActorStreams.Cluster.Wire;

/// <summary>Writes and reads what nodes tell of how a job stands.</summary>
internal static class FigureWire
{
    public static IReadOnlyList<Type> Types { get; } = [typeof(FiguresTold), typeof(NoticeRaised), typeof(NoticeTold)];

    /// <returns>Whether it is such a message.</returns>
    public static bool Write(object message, BlobWriter writer)
    {
        switch (message)
        {
            case FiguresTold told:
                writer.WriteByte((byte)MessageKind.FiguresTold);
                writer.WriteInt64(told.Attempt);
                writer.WriteString(told.Node);
                writer.WriteInt32(told.Offset);
                writer.WriteInt32(told.Total);
                EntityWire.WriteBlob(told.Bytes, writer);
                break;
            case NoticeRaised raised:
                writer.WriteByte((byte)MessageKind.NoticeRaised);
                writer.WriteString(raised.Node);
                writer.WriteByte((byte)raised.Kind);
                writer.WriteString(raised.Message);
                writer.WriteString(raised.Error);
                break;
            case NoticeTold told:
                writer.WriteByte((byte)MessageKind.NoticeTold);
                writer.WriteInt64(told.Of);
                writer.WriteInt64(told.Number);
                writer.WriteString(told.Node);
                writer.WriteByte((byte)told.Kind);
                writer.WriteString(told.Message);
                writer.WriteString(told.Error);
                break;
            default:
                return false;
        }

        return true;
    }

    /// <returns>The message; null: it is of another kind.</returns>
    public static object? Read(MessageKind kind, ref BlobReader reader) => kind switch
    {
        MessageKind.FiguresTold => new FiguresTold(reader.ReadInt64(), reader.ReadString(), reader.ReadInt32(), reader.ReadInt32(),
            EntityWire.ReadBlob(ref reader)),
        MessageKind.NoticeRaised => new NoticeRaised(reader.ReadString(), (JobNoticeKind)reader.ReadByte(), reader.ReadString(),
            reader.ReadString()),
        MessageKind.NoticeTold => new NoticeTold(reader.ReadInt64(), reader.ReadInt64(), reader.ReadString(),
            (JobNoticeKind)reader.ReadByte(), reader.ReadString(), reader.ReadString()),
        _ => null,
    };
}
