using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Where separators and line ends stand in the pieces of the window that hold no quote.</summary>
/// <remarks>
/// They are found for hundreds of records in one pass, which costs a record less than a search of its own. What is not plain (a quote, a
/// wrong number of fields, the end of the window) is left to <see cref="CsvFields.Split"/>; the marks are taken up again behind it.
/// </remarks>
internal sealed class CsvMarks(byte separator)
{
    /// <summary>The bytes looked at in one pass: the marks and the bytes stay in the cache of the core until they are used.</summary>
    private const int PieceBytes = 8 * 1024;

    /// <summary>Marks written per block at once, needed or not: most blocks have fewer, and a loop that ends at their number is
    /// mispredicted.</summary>
    private const int AtOnce = 8;

    private readonly int[] _marks = new int[(2 * PieceBytes) + AtOnce];      // those of a piece, behind those left of an unfinished record
    private byte[] _bytes = [];
    private long _origin;
    private int _from;
    private int _to;
    private int _next;
    private int _count;

    /// <summary>Takes the marks up at the window's start, after the window was filled or a record was taken without them.</summary>
    public void Follow(FileWindow window)
    {
        long origin = window.Position - window.Start;
        if (window.Array != _bytes || origin != _origin || window.Start > _to)
        {
            (_bytes, _origin, _from, _to) = (window.Array, origin, window.Start, window.Start);
            (_next, _count) = (0, 0);
        }

        while (_next < _count && _marks[_next] < window.Start)
            _next++;
    }

    /// <summary>Takes the record at the window's start, if it is plain and has so many fields.</summary>
    public bool TryTake(CsvFields fields, FileWindow window, int columns)
    {
        if (_count - _next < columns && !FindMore(window, columns))
            return false;
        if (!fields.TryTake(_bytes, window.Start, _marks.AsSpan(_next, columns)))
            return false;
        _next += columns;
        return true;
    }

    private bool FindMore(FileWindow window, int columns)
    {
        if (window.Start < _from)
            return false;
        do
        {
            int left = _count - _next, length = Math.Min(PieceBytes, window.End - _to) & -Vector256<byte>.Count;
            if (length == 0 || left > PieceBytes)
                return false;
            _marks.AsSpan(_next, left).CopyTo(_marks);
            (_next, _count) = (0, left);
            int from = _to;
            _to += length;
            if (_bytes.AsSpan(from, length).Contains((byte)'"'))
            {
                (_from, _count) = (_to, 0);
                return false;
            }

            Find(from);
        }
        while (_count < columns);

        return true;
    }

    private void Find(int from)
    {
        Vector256<byte> separators = Vector256.Create(separator), newLines = Vector256.Create((byte)'\n');
        ref byte bytes = ref MemoryMarshal.GetArrayDataReference(_bytes);
        int[] marks = _marks;
        int count = _count, to = _to;
        for (int block = from; block < to; block += Vector256<byte>.Count)
        {
            Vector256<byte> piece = Vector256.LoadUnsafe(ref bytes, (nuint)block);
            uint bits = (Vector256.Equals(piece, separators) | Vector256.Equals(piece, newLines)).ExtractMostSignificantBits();
            int end = count + BitOperations.PopCount(bits);
            Span<int> first = marks.AsSpan(count, AtOnce);
            for (int mark = 0; mark < AtOnce; mark++, bits &= bits - 1)
                first[mark] = block + BitOperations.TrailingZeroCount(bits);
            for (count += AtOnce; bits != 0; bits &= bits - 1)
                marks[count++] = block + BitOperations.TrailingZeroCount(bits);
            count = end;
        }

        _count = count;
    }
}
