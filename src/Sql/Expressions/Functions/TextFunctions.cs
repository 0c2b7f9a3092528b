namespace ActorStreams.Sql.Expressions.Functions;

internal static class TextFunctions
{
    [SqlFunction("textcat", IsSafe = true)]
    public static string Concat(string left, string right) => string.Concat(left, right);
}
