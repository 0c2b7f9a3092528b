using System.Security.Cryptography;
using System.Text;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>The names that slots and publications get by default.</summary>
/// <remarks>
/// A slot belongs to a server, its name to all of its databases, and has room for 63 letters, digits and underscores. The names of
/// pipeline, source and database have room for more, so
/// they are in it as far as they can be read, and exactly in twelve digits of their hash: <c>shop-eu</c> and <c>shop_eu</c> are two names.
/// </remarks>
internal static class DefaultNames
{
    public const int MaxLength = 63;
    private const string Prefix = "actorstreams_";
    private const int HashDigits = 12;

    public static string Of(string pipeline, string source, string database)
    {
        string shown = Plain($"{pipeline}_{source}_{database}");
        int room = MaxLength - Prefix.Length - 1 - HashDigits;
        string exact = string.Concat(new[] { pipeline, source, database }.Select(name => $"{name.Length}:{name}"));
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(exact)))[..HashDigits];
        return $"{Prefix}{shown[..Math.Min(shown.Length, room)]}_{hash}";
    }

    /// <summary>The name that earlier versions gave, the same for many; null: they gave none, because it was too long.</summary>
    public static string? Older(string pipeline, string source) =>
        Plain($"{Prefix}{pipeline}_{source}") is { Length: <= MaxLength } name ? name : null;

    public static bool IsSlot(string name) => name.Length is > 0 and <= MaxLength && name.All(letter =>
        char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_');

    private static string Plain(string name) => string.Concat(name.ToLowerInvariant().Select(letter =>
        char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
}
