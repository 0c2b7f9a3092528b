using System.Text.RegularExpressions;

namespace ActorStreams.Operators.Aggregates;

/// <summary>Names aggregates by what their user functions say in the source.</summary>
internal static partial class Naming
{
    /// <summary><c>max(Magnitude)</c> of <c>q => q.Magnitude</c>; <c>max(row.A + row.B)</c> of <c>x => x.A + x.B</c>, however the
    /// parameter is called and the line broken.</summary>
    /// <param name="name">The aggregate.</param>
    /// <param name="function">The argument as written, or null.</param>
    /// <param name="more">Further arguments.</param>
    public static string Of(string name, string? function, string? more = null)
    {
        string text = function is null ? "" : TextOf(function);
        return more is null ? $"{name}({text})" : text.Length == 0 ? $"{name}({more})" : $"{name}({text}, {more})";
    }

    private static string TextOf(string function)
    {
        string text = Space().Replace(function, " ").Trim();
        Match lambda = Lambda().Match(text);
        if (!lambda.Success)
            return text;
        string parameter = lambda.Groups["parameter"].Value, body = lambda.Groups["body"].Value.Replace("!.", ".", StringComparison.Ordinal)
            .TrimEnd('!');
        if (parameter == "_")
            return body;
        string path = parameter + ".";
        return body.StartsWith(path, StringComparison.Ordinal) && Path().IsMatch(body[path.Length..])
            ? body[path.Length..]
            : Word().Replace(body, word => word.Value == parameter ? "row" : word.Value);
    }

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex Space();

    [GeneratedRegex(@"^(static )?\(?(?<parameter>@?\w+)\)? ?=> ?(?<body>.+)$", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex Lambda();

    [GeneratedRegex(@"^\w+(\.\w+)*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex Path();

    [GeneratedRegex(@"(?<![\w.""])@?\w+", RegexOptions.None, matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex Word();
}
