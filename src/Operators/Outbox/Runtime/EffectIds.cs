using System.Security.Cryptography;

namespace ActorStreams.Operators.Outbox.Runtime;

/// <summary>Makes the ids of calls: the first 128 bits of a SHA-256, as a UUID of version 8 (RFC 9562).</summary>
internal sealed class EffectIds<TKey>(string pipeline, string operatorName, IReadOnlyList<string> partitions)
{
    private const byte ByPosition = 0;
    private const byte ByNumber = 1;

    private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
    private readonly BlobWriter _bytes = new();

    /// <summary>Where a position leads; an empty partition and -1 if it is none.</summary>
    public (string Partition, long Offset) PlaceOf(long position) =>
        position == Position.None ? ("", -1) : (partitions[Position.Partition(position)], Position.Offset(position));

    /// <summary>The id of the <paramref name="ordinal"/>th call that a key makes of the row read at a place, from 0.</summary>
    public Guid Of(TKey key, string partition, long offset, int ordinal)
    {
        Begin(ByPosition, key);
        _bytes.WriteString(partition);
        _bytes.WriteInt64(offset);
        _bytes.WriteInt32(ordinal);
        return End();
    }

    /// <summary>The id of a key's call of this number, of a row that was not read anywhere.</summary>
    public Guid Of(TKey key, long number)
    {
        Begin(ByNumber, key);
        _bytes.WriteInt64(number);
        return End();
    }

    private void Begin(byte kind, TKey key)
    {
        _bytes.Clear();
        _bytes.WriteByte(kind);
        _bytes.WriteString(pipeline);
        _bytes.WriteString(operatorName);
        _keys.Write(_bytes, key);
    }

    private Guid End()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_bytes.Written, hash);
        hash[6] = (byte)(0x80 | (hash[6] & 0x0F));     // version 8
        hash[8] = (byte)(0x80 | (hash[8] & 0x3F));     // variant
        return new Guid(hash[..16], bigEndian: true);
    }
}
