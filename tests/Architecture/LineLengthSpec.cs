namespace ActorStreams.Architecture.Tests;

/// <summary>No line is wider than a diff shows beside another.</summary>
public sealed class LineLengthSpec
{
    private const int Columns = 140;

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("benchmarks")]
    [InlineData("examples")]
    public void No_line_of_code_is_wider_than_140_columns_but_for_a_text_that_cannot_be_divided(string folder) => Assert.Empty(
        from file in Repository.SourcesOf(folder)
        from line in OutsideOfTexts(file)
        where line.Text.Length > Columns && !IsOneText(line.Text.Trim())
        select $"{Path.GetRelativePath(Repository.Root, file)}:{line.Number}: {line.Text.Length} columns");

    /// <summary>The lines that are no part of a text of several lines.</summary>
    private static IEnumerable<(string Text, int Number)> OutsideOfTexts(string file)
    {
        bool isInside = false;
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            int quotes = line.Split("\"\"\"").Length - 1;
            if (!isInside && quotes == 0)
                yield return (line, number);
            isInside ^= quotes % 2 == 1;
        }
    }

    /// <summary>A text, an address or the name of a type with its parameters; what stands around it is short.</summary>
    private static bool IsOneText(string line)
    {
        if (line.StartsWith("///", StringComparison.Ordinal))
            return line.Contains("://", StringComparison.Ordinal) || line.Contains("cref=", StringComparison.Ordinal);
        int first = line.IndexOf('"', StringComparison.Ordinal), last = line.LastIndexOf('"');
        return (first >= 0 && line.Length - (last - first) < Columns) || line.Contains('<', StringComparison.Ordinal);
    }
}
