using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>What a record does with the runs that the journal has of a key, in their order.</summary>
internal enum RunStep
{
    /// <summary>What is left is gone.</summary>
    End,
    Drop,
    Keep,
    Add,
}

/// <summary>What is in a record besides rows, nodes and runs.</summary>
[Flags]
internal enum RecordParts : byte
{
    None = 0,
    Positions = 1,

    /// <summary>Which runs through groups begin with a node.</summary>
    Begins = 2,
}

/// <summary>Writes what an epoch did to a key's partial matches, or all there is of them.</summary>
/// <remarks>
/// A record: a byte that says whether positions (1), and which groups begin with a node (2), are in it; the rows that are new; the nodes
/// that are new, each after the one before it; then, for the runs
/// and for the complete matches that wait, which of those that the journal has are kept and what is new between them. Nodes are named by
/// the order in which the journal gets them. What is gone is not written: it is what no run holds any more. So a record is as long as what
/// changed.
/// </remarks>
internal sealed class RunsWriter<T>(MatchBuffer<T> buffer, Codec<T> rows)
{
    /// <summary>Names are given anew, by writing everything, long before they are used up.</summary>
    private const int MostNames = 1 << 29;

    private const int Unnamed = NodeCell.Unnamed - 1;

    private readonly List<int> _events = [];
    private readonly List<int> _nodes = [];

    /// <summary>Whether the next record has to hold all there is.</summary>
    public static bool MustBeWhole(in KeyRuns runs) => runs.Names is < 0 or > MostNames;

    public void Write(BlobWriter to, ref KeyRuns runs, bool isWhole)
    {
        _events.Clear();
        _nodes.Clear();
        if (isWhole)
        {
            runs.Names = 0;
            Forget(runs.First);
            Forget(runs.FirstComplete);
        }

        int names = runs.Names;
        Collect(runs.First, ref names, isWhole);
        Collect(runs.FirstComplete, ref names, isWhole);
        RecordParts positions = buffer.HasPositions ? RecordParts.Positions : RecordParts.None;
        to.WriteByte((byte)(positions | (buffer.HasBegins ? RecordParts.Begins : RecordParts.None)));
        WriteEvents(to);
        WriteNodes(to, runs.Names);
        WriteChain(to, runs.First, isWhole);
        WriteChain(to, runs.FirstComplete, isWhole);
        runs.Names = names;
    }

    /// <summary>Takes the names of a key's nodes away. A node that has none has only such before it.</summary>
    private void Forget(int first)
    {
        for (int run = first; run >= 0; run = buffer.Run(run).Next)
        {
            for (int at = buffer.Run(run).Node; at >= 0 && buffer.Node(at).Name != Unnamed; at = buffer.Node(at).Previous)
                buffer.Node(at).Name = Unnamed;
        }
    }

    /// <summary>Names the nodes that are new, each after the one before it, and finds their rows.</summary>
    private void Collect(int first, ref int names, bool isWhole)
    {
        for (int run = first; run >= 0; run = buffer.Run(run).Next)
        {
            if (!isWhole && buffer.Run(run).Stored > 0)
                continue;
            int from = _nodes.Count;
            for (int at = buffer.Run(run).Node; at >= 0 && buffer.Node(at).Name < 0; at = buffer.Node(at).Previous)
                _nodes.Add(at);
            CollectionsMarshal.AsSpan(_nodes)[from..].Reverse();
            for (int i = from; i < _nodes.Count; i++)
            {
                ref NodeCell node = ref buffer.Node(_nodes[i]);
                node.Name = names++;
                ref EventCell<T> cell = ref buffer.Event(node.Event);
                if ((uint)cell.Ordinal < (uint)_events.Count && _events[cell.Ordinal] == node.Event)
                    continue;
                cell.Ordinal = _events.Count;
                _events.Add(node.Event);
            }
        }
    }

    private void WriteEvents(BlobWriter to)
    {
        to.WriteVarint((uint)_events.Count);
        long time = 0, number = 0;
        foreach (int at in _events)
        {
            ref EventCell<T> cell = ref buffer.Event(at);
            Packed.Write(to, cell.Time - time);
            Packed.Write(to, cell.Number - number);
            (time, number) = (cell.Time, cell.Number);
            if (buffer.HasPositions)
                to.WriteInt64(buffer.PositionOf(at));
            rows.Write(to, cell.Row);
        }
    }

    private void WriteNodes(BlobWriter to, int firstName)
    {
        to.WriteVarint((uint)_nodes.Count);
        for (int i = 0; i < _nodes.Count; i++)
        {
            ref NodeCell node = ref buffer.Node(_nodes[i]);
            WritePrevious(to, node.Previous, firstName + i);
            to.WriteVarint((uint)buffer.Event(node.Event).Ordinal);
            to.WriteVarint(node.Stage);
            if (buffer.HasBegins)
                to.WriteByte(buffer.BeginsOf(_nodes[i]));
        }
    }

    /// <summary>How far back the node before is named; 0: there is none.</summary>
    private void WritePrevious(BlobWriter to, int previous, int name) =>
        to.WriteVarint(previous < 0 ? 0 : (uint)(name - buffer.Node(previous).Name));

    private void WriteChain(BlobWriter to, int first, bool isWhole)
    {
        int kept = 0, toKeep = 0, ordinal = 0;
        for (int at = first; at >= 0; at = buffer.Run(at).Next)
        {
            ref Run run = ref buffer.Run(at);
            bool isKept = !isWhole && run.Stored > kept + toKeep;
            if (isKept && run.Stored == kept + toKeep + 1)
            {
                toKeep++;
            }
            else
            {
                WriteStep(to, RunStep.Keep, toKeep);
                (kept, toKeep) = (kept + toKeep, 0);
                if (isKept)
                {
                    WriteStep(to, RunStep.Drop, run.Stored - 1 - kept);
                    (kept, toKeep) = (run.Stored - 1, 1);
                }
                else
                {
                    WriteStep(to, RunStep.Add, run.State + 1);
                    to.WriteVarint((uint)buffer.Node(run.Node).Name);
                }
            }

            run.Stored = ++ordinal;
        }

        WriteStep(to, RunStep.Keep, toKeep);
        to.WriteVarint((uint)RunStep.End);
    }

    private static void WriteStep(BlobWriter to, RunStep step, int count)
    {
        if (count > 0)
            to.WriteVarint(((uint)count << 2) | (uint)step);
    }
}

/// <summary>Signed numbers of 64 bits in as few bytes as they need.</summary>
internal static class Packed
{
    public static void Write(BlobWriter to, long value)
    {
        ulong rest = (ulong)((value << 1) ^ (value >> 63));
        for (; rest >= 0x80; rest >>= 7)
            to.WriteByte((byte)(rest | 0x80));
        to.WriteByte((byte)rest);
    }

    public static long Read(ref BlobReader from)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = from.ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return (long)(value >> 1) ^ -(long)(value & 1);
        }

        throw new CodecException("Stored data is damaged: a number has more than 64 bits.");
    }
}
