namespace ActorStreams.Sql.Values;

/// <summary>The order of texts: by code points, as PostgreSQL's collation "C" orders UTF-8.</summary>
internal static class TextOrder
{
    public static int Compare(string left, string right)
    {
        int at = left.AsSpan().CommonPrefixLength(right);
        if (at == left.Length || at == right.Length)
            return left.Length - right.Length;
        char a = left[at], b = right[at];
        // Halves of a pair stand for characters behind all that are written with one unit.
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a - b : char.IsSurrogate(a) ? 1 : -1;
    }
}
