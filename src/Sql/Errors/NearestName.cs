namespace ActorStreams.Sql.Errors;

/// <summary>The name that was probably meant: the one that fewest changes of a letter lead to.</summary>
internal static class NearestName
{
    /// <summary>No name is longer than what PostgreSQL keeps of one, so the table of distances is small.</summary>
    private const int LongestName = 64;

    /// <summary>The nearest of some names, at most a third of its letters away; null: none is near.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        if (name.Length is 0 or > LongestName)
            return null;
        string? nearest = null;
        // a letter at least stays: of a name of one letter nothing is near
        int distance = Math.Min(Math.Max(1, name.Length / 3), name.Length - 1) + 1;
        foreach (string other in known)
        {
            if (other.Length > LongestName || Math.Abs(other.Length - name.Length) >= distance)
                continue;
            int found = Distance(name, other);
            if (found < distance || (found == distance && nearest is not null && string.CompareOrdinal(other, nearest) < 0))
                (nearest, distance) = (other, found);
        }

        return nearest;
    }

    /// <summary>"Perhaps "price" is meant." or null.</summary>
    public static string? Hint(string name, IEnumerable<string> known) =>
        Of(name, known) is { } nearest ? $"Perhaps \"{nearest}\" is meant." : null;

    /// <summary>Letters added, left out, replaced, or swapped with the next one (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        Span<int> before = stackalloc int[b.Length + 1], last = stackalloc int[b.Length + 1], row = stackalloc int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            last[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                bool isSame = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + (isSame ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }

            last.CopyTo(before);
            row.CopyTo(last);
        }

        return last[b.Length];
    }
}
