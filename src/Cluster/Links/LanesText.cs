namespace ActorStreams.Cluster.Links;

/// <summary>What the two ends of a link tell each other of their lanes, before any row: that they have the same ones, and what the rows of
/// each mean.</summary>
internal static class LanesText
{
    private const int ColumnOfPositions = 1, ColumnOfSourceWatermarks = 2;

    /// <summary>The sender's lanes.</summary>
    public static void Write(IReadOnlyList<LinkLane> lanes, BlobWriter writer)
    {
        BatchWire[] wires = WiresOf(lanes);
        writer.WriteVarint((uint)wires.Length);
        foreach (BatchWire wire in wires)
        {
            writer.WriteString(wire.Schema.Text);
            writer.WriteString(wire.Layout);
            writer.WriteByte(ColumnsOf(wire));
            writer.WriteVarint((uint)wire.CapacityRows);
        }

        writer.WriteVarint((uint)lanes.Count);
        foreach (LinkLane lane in lanes)
        {
            writer.WriteVarint((uint)Array.IndexOf(wires, lane.Wire));
            writer.WriteVarint((uint)lane.SenderInstance);
            writer.WriteVarint((uint)lane.ReceiverInstance);
            writer.WriteVarint((uint)lane.Capacity);
        }
    }

    /// <summary>Compares the sender's lanes with the receiver's, and decides how rows are written.</summary>
    /// <param name="lanes">The receiver's.</param>
    /// <param name="bytes">What the sender wrote.</param>
    /// <param name="forms">The answer: a form for each kind of rows.</param>
    /// <returns>How they differ; null: they do not.</returns>
    /// <exception cref="CodecException">The bytes are no lanes, or the sender's rows cannot be read as the receiver's.</exception>
    public static LinkFault? Agree(IReadOnlyList<LinkLane> lanes, ReadOnlySpan<byte> bytes, BlobWriter forms)
    {
        BatchWire[] wires = WiresOf(lanes);
        var reader = new BlobReader(bytes);
        uint kinds = reader.ReadVarint();
        if (kinds != wires.Length)
            return Differ($"{kinds} kinds of rows come, {wires.Length} are known");
        foreach (BatchWire wire in wires)
        {
            var schema = new Schema(reader.ReadString());
            string layout = reader.ReadString();
            if (reader.ReadByte() != ColumnsOf(wire) || reader.ReadVarint() != wire.CapacityRows)
                return Differ($"batches of '{wire.Schema.ToLine()}' have other columns, or another size");
            forms.WriteByte((byte)wire.ReadAs(schema, layout));
        }

        uint count = reader.ReadVarint();
        if (count != lanes.Count)
            return Differ($"{count} lanes come, {lanes.Count} are known");
        for (int number = 0; number < lanes.Count; number++)
        {
            LinkLane lane = lanes[number];
            if (reader.ReadVarint() != Array.IndexOf(wires, lane.Wire) || reader.ReadVarint() != lane.SenderInstance
                || reader.ReadVarint() != lane.ReceiverInstance || reader.ReadVarint() != lane.Capacity)
                return Differ($"lane {number} has other ends, other rows or another capacity");
        }

        return reader.Remaining == 0 ? null : Differ($"{reader.Remaining} bytes are left");
    }

    /// <summary>At the sender: the receiver has decided.</summary>
    /// <returns>Why the answer is none; null: it is one.</returns>
    public static LinkFault? Decide(IReadOnlyList<LinkLane> lanes, ReadOnlySpan<byte> forms)
    {
        BatchWire[] wires = WiresOf(lanes);
        if (forms.Length != wires.Length)
            return Differ($"forms of {forms.Length} kinds of rows come, {wires.Length} are known");
        for (int kind = 0; kind < wires.Length; kind++)
        {
            var form = (WireForm)forms[kind];
            if (form != WireForm.Codec && (form != WireForm.Memory || wires[kind].Layout.Length == 0))
                return Differ($"rows of '{wires[kind].Schema.ToLine()}' do not go in form {forms[kind]}");
            wires[kind].WriteAs(form);
        }

        return null;
    }

    private static BatchWire[] WiresOf(IReadOnlyList<LinkLane> lanes) => [.. lanes.Select(lane => lane.Wire).Distinct()];

    private static byte ColumnsOf(BatchWire wire) =>
        (byte)((wire.WithPositions ? ColumnOfPositions : 0) | (wire.WithSourceWatermarks ? ColumnOfSourceWatermarks : 0));

    private static LinkFault Differ(string how) => new(LinkFaultKind.Lanes,
        $"The two nodes do not have the same lanes: {how}. Both must run " +
        "the same pipeline with the same options; builds may differ only in how rows are stored.");
}
