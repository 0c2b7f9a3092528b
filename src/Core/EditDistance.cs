namespace ActorStreams.Core;

/// <summary>How far two words are apart, to find the one that was probably meant.</summary>
internal static class EditDistance
{
    /// <summary>How many letters must be put in, left out or changed (Levenshtein's distance).</summary>
    /// <param name="one">A word.</param>
    /// <param name="other">Another.</param>
    /// <param name="swaps">Whether a letter that has changed places with the next one is one slip, not two (optimal string
    /// alignment).</param>
    public static int Of(ReadOnlySpan<char> one, ReadOnlySpan<char> other, bool swaps = false)
    {
        int[] before = new int[other.Length + 1], last = [.. Enumerable.Range(0, other.Length + 1)], row = new int[other.Length + 1];
        for (int i = 1; i <= one.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= other.Length; j++)
            {
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
                if (swaps && i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }

            (before, last, row) = (last, row, before);
        }

        return last[^1];
    }
}
