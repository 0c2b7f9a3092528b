namespace ActorStreams.Persistence.Shared;

/// <summary>What a node hands over of an epoch, with its checksums, and what the writer makes of it.</summary>
internal sealed class PreparedContent
{
    private PreparedContent(IReadOnlyList<uint> eventSums, IReadOnlyList<byte[]> outputs, IReadOnlyList<uint> outputSums,
        PreparedPart part) =>
        (EventSums, Outputs, OutputSums, Part) = (eventSums, outputs, outputSums, part);

    /// <summary>The CRC32C of each journal event, in order.</summary>
    public IReadOnlyList<uint> EventSums { get; }

    /// <summary>Rows for tables and topics.</summary>
    public IReadOnlyList<byte[]> Outputs { get; }

    /// <summary>The CRC32C of each of them.</summary>
    public IReadOnlyList<uint> OutputSums { get; }

    /// <summary>What the writer is told.</summary>
    public PreparedPart Part { get; }

    public static PreparedContent Of(string job, EpochPart part)
    {
        uint[] eventSums = [.. part.Events.Select(one => one.Checksum ?? Checksum.Of(one))];
        if (part.Events.Any(one => one.Epoch != part.Epoch))
        {
            throw new InvalidOperationException(
                $"Job '{job}', epoch {part.Epoch}: instance {part.Instance} prepares an event of another epoch. Nothing was written.");
        }

        IReadOnlyList<byte[]> outputs = OutputBlob.Of(part);
        uint[] outputSums = [.. outputs.Select(blob => Crc32C.Compute(blob))];
        uint sum = 0;
        foreach (uint one in eventSums.Concat(outputSums))
            sum = unchecked(sum + one);
        return new PreparedContent(eventSums, outputs, outputSums,
            new PreparedPart(part.Instance, eventSums.Length, outputs.Count, sum, part.Events.Any(one => one.IsSnapshot)));
    }

    /// <summary>Refuses an epoch of which something is missing that a node had prepared.</summary>
    /// <param name="where">The store.</param>
    /// <param name="job">The job.</param>
    /// <param name="commit">The epoch.</param>
    /// <param name="found">What is there: of each instance the number of events and outputs, and the sum of their checksums.</param>
    /// <exception cref="StoreException">Something is missing, or is not what was prepared. Nothing is committed.</exception>
    public static void CheckAll(string where, string job, EpochCommit commit,
        IReadOnlyDictionary<int, (int Events, int Outputs, uint Sum)> found)
    {
        foreach (PreparedPart part in commit.Prepared)
        {
            (int Events, int Outputs, uint Sum) there = found.GetValueOrDefault(part.Instance);
            if (there != (part.Events, part.Outputs, part.Sum))
            {
                throw new StoreException($"{where}, job '{job}', epoch {commit.Epoch}: of what stage instance {part.Instance} had " +
                    $"prepared, {part.Events} events and {part.Outputs} outputs, {there.Events} and {there.Outputs} are there, or they are " +
                    "not the same. What is prepared does not survive a crash of the server. Nothing was committed; the job goes on from its last epoch.");
            }
        }
    }
}
