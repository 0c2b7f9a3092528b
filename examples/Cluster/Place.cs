using System.Globalization;

namespace Readings;

/// <summary>Where a node is.</summary>
/// <param name="Address">Its host's address.</param>
/// <param name="Port">Its port for Akka.Remote.</param>
internal readonly record struct Place(string Address, int Port)
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static Place Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        return new Place(text[..colon], int.Parse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}:{Port}");
}
