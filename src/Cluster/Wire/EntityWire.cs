using ActorStreams.Cluster.Entities;

namespace ActorStreams.Cluster.Wire;

/// <summary>Writes and reads messages to entities and their answers.</summary>
internal static class EntityWire
{
    public static IReadOnlyList<Type> Types { get; } =
    [
        typeof(EntityAsked), typeof(EntityAnswered), typeof(EntitiesWaiting), typeof(EntitiesUnknown), typeof(EntityGiven),
        typeof(EntityReplied),
    ];

    /// <returns>Whether it is such a message.</returns>
    public static bool Write(object message, BlobWriter writer)
    {
        switch (message)
        {
            case EntityAsked asked:
                writer.WriteByte((byte)MessageKind.EntityAsked);
                WriteAsked(asked, writer);
                break;
            case EntityAnswered answered:
                writer.WriteByte((byte)MessageKind.EntityAnswered);
                writer.WriteInt64(answered.Number);
                writer.WriteByte((byte)answered.Outcome);
                writer.WriteInt64(answered.Epoch);
                WriteBlob(answered.Value, writer);
                writer.WriteString(answered.Text);
                break;
            case EntitiesWaiting waiting:
                writer.WriteByte((byte)MessageKind.EntitiesWaiting);
                writer.WriteString(waiting.Operator);
                WriteNumbers(waiting.Numbers, writer);
                break;
            case EntitiesUnknown unknown:
                writer.WriteByte((byte)MessageKind.EntitiesUnknown);
                WriteNumbers(unknown.Numbers, writer);
                break;
            case EntityGiven given:
                writer.WriteByte((byte)MessageKind.EntityGiven);
                writer.WriteInt64(given.Attempt);
                writer.WriteInt32(given.Instance);
                writer.WriteInt64(given.Sequence);
                WriteAsked(given.Asked, writer);
                break;
            case EntityReplied replied:
                writer.WriteByte((byte)MessageKind.EntityReplied);
                writer.WriteInt64(replied.Attempt);
                writer.WriteInt32(replied.Instance);
                writer.WriteInt64(replied.Sequence);
                writer.WriteString(replied.Operator);
                writer.WriteByte((byte)replied.Reply);
                writer.WriteInt64(replied.Number);
                writer.WriteInt64(replied.Epoch);
                WriteBlob(replied.Value, writer);
                writer.WriteString(replied.Text);
                break;
            default:
                return false;
        }

        return true;
    }

    /// <returns>The message; null: it is of another kind.</returns>
    public static object? Read(MessageKind kind, ref BlobReader reader) => kind switch
    {
        MessageKind.EntityAsked => ReadAsked(ref reader),
        MessageKind.EntityAnswered => new EntityAnswered(reader.ReadInt64(), (EntityOutcome)reader.ReadByte(), reader.ReadInt64(),
            ReadBlob(ref reader), reader.ReadString()),
        MessageKind.EntitiesWaiting => new EntitiesWaiting(reader.ReadString(), ReadNumbers(ref reader)),
        MessageKind.EntitiesUnknown => new EntitiesUnknown(ReadNumbers(ref reader)),
        MessageKind.EntityGiven => new EntityGiven(reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt64(), ReadAsked(ref reader)),
        MessageKind.EntityReplied => new EntityReplied(reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt64(), reader.ReadString(),
            (EntityReply)reader.ReadByte(), reader.ReadInt64(), reader.ReadInt64(), ReadBlob(ref reader), reader.ReadString()),
        _ => null,
    };

    private static void WriteAsked(EntityAsked asked, BlobWriter writer)
    {
        writer.WriteInt64(asked.Number);
        writer.WriteString(asked.Operator);
        writer.WriteByte(asked.IsUrgent ? (byte)1 : (byte)0);
        writer.WriteByte(asked.Question is null ? (byte)0 : (byte)1);
        if (asked.Question is { } question)
        {
            writer.WriteByte((byte)question.Consistency);
            writer.WriteByte(question.State is null ? (byte)0 : (byte)1);
            if (question.State is { } state)
                writer.WriteString(state);
        }

        WriteBlob(asked.Key, writer);
        WriteBlob(asked.Command, writer);
    }

    private static EntityAsked ReadAsked(ref BlobReader reader)
    {
        long number = reader.ReadInt64();
        string operatorName = reader.ReadString();
        bool isUrgent = reader.ReadByte() == 1;
        EntityQuestion? question = reader.ReadByte() == 0 ? null
            : new EntityQuestion((EntityConsistency)reader.ReadByte(), reader.ReadByte() == 0 ? null : reader.ReadString());
        return new EntityAsked(number, operatorName, question, isUrgent, ReadBlob(ref reader), ReadBlob(ref reader));
    }

    internal static void WriteNumbers(IReadOnlyList<long> numbers, BlobWriter writer)
    {
        writer.WriteVarint((uint)numbers.Count);
        foreach (long number in numbers)
            writer.WriteInt64(number);
    }

    internal static List<long> ReadNumbers(ref BlobReader reader)
    {
        List<long> numbers = [];
        for (uint left = reader.ReadVarint(); left > 0; left--)
            numbers.Add(reader.ReadInt64());
        return numbers;
    }

    internal static void WriteBlob(byte[] bytes, BlobWriter writer)
    {
        writer.WriteVarint((uint)bytes.Length);
        writer.WriteBytes(bytes);
    }

    internal static byte[] ReadBlob(ref BlobReader reader) => reader.Take(unchecked((int)reader.ReadVarint())).ToArray();
}
