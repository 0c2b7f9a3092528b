using ActorStreams.Core;

namespace ActorStreams.Sql.Errors;

/// <summary>The name that was probably meant: the one that fewest changes of a letter lead to.</summary>
internal static class NearestName
{
    /// <summary>No name is longer than what PostgreSQL keeps of one.</summary>
    private const int LongestName = 64;

    /// <summary>The nearest of some names, at most a third of its letters away; null: none is near.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        if (name.Length is 0 or > LongestName)
            return null;
        string? nearest = null;
        string letters = name.ToLowerInvariant();
        // a letter at least stays: of a name of one letter nothing is near
        int distance = Math.Min(Math.Max(1, name.Length / 3), name.Length - 1) + 1;
        foreach (string other in known)
        {
            if (other.Length > LongestName || Math.Abs(other.Length - name.Length) >= distance)
                continue;
            int found = EditDistance.Of(letters, other.ToLowerInvariant(), swaps: true);
            if (found < distance || (found == distance && nearest is not null && string.CompareOrdinal(other, nearest) < 0))
                (nearest, distance) = (other, found);
        }

        return nearest;
    }

    /// <summary>"Perhaps "price" is meant." or null.</summary>
    public static string? Hint(string name, IEnumerable<string> known) =>
        Of(name, known) is { } nearest ? $"Perhaps \"{nearest}\" is meant." : null;
}
