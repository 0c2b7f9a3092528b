using ActorStreams.Authoring;

namespace ActorStreams.Persistence.Akka.Shards;

/// <summary>What a node has written to the journals of shards for one instance and epoch: what its part tells the job's writer.</summary>
/// <param name="Writer">The number under which it is written, of all the node's attempts the one that came to its end.</param>
/// <param name="RowsSum">The checksum of what it has prepared for tables and topics in the store of the rows.</param>
/// <param name="Shards">The shards, and whether what they have of the epoch is a snapshot.</param>
/// <param name="Void">Shards of which only attempts before that have written something.</param>
internal sealed record ShardPart(long Writer, uint RowsSum, IReadOnlyList<(ShardName Shard, bool IsSnapshot)> Shards,
    IReadOnlyList<ShardName> Void)
{
    public byte[] Encode()
    {
        var bytes = new BlobWriter();
        bytes.WriteInt64(Writer);
        bytes.WriteInt32((int)RowsSum);
        bytes.WriteVarint((uint)Shards.Count);
        string before = "";
        foreach ((ShardName shard, bool isSnapshot) in Shards)
        {
            bytes.WriteString(shard.Operator == before ? "" : shard.Operator);
            bytes.WriteVarint(((uint)shard.Shard << 1) | (isSnapshot ? 1u : 0u));
            before = shard.Operator;
        }

        foreach (ShardName shard in Void)
        {
            bytes.WriteString(shard.Operator);
            bytes.WriteVarint((uint)shard.Shard);
        }

        return bytes.ToArray();
    }

    /// <exception cref="StoreException">The part was not prepared by a node of this store.</exception>
    public static ShardPart Of(string where, long epoch, PreparedPart part)
    {
        if (part.Note.IsEmpty)
        {
            throw new StoreException($"{where}, epoch {epoch}: what stage instance {part.Instance} had prepared, {part.Events} events and " +
                $"{part.Outputs} outputs, is not there, or was prepared by a node with another store. Nothing was committed; the job goes on " +
                "from its last epoch. All nodes must have the same store.");
        }

        var reader = new BlobReader(part.Note.Span);
        long writer = reader.ReadInt64();
        uint sum = (uint)reader.ReadInt32();
        var shards = new (ShardName, bool)[reader.ReadVarint()];
        string name = "";
        for (int at = 0; at < shards.Length; at++)
        {
            string next = reader.ReadString();
            name = next.Length == 0 ? name : next;
            uint shard = reader.ReadVarint();
            shards[at] = (new ShardName(name, (int)(shard >> 1)), (shard & 1) == 1);
        }

        List<ShardName> none = [];
        while (reader.Remaining > 0)
            none.Add(new ShardName(reader.ReadString(), (int)reader.ReadVarint()));
        return new ShardPart(writer, sum, shards, none);
    }
}
