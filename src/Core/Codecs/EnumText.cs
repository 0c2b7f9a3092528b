using System.Runtime.CompilerServices;

namespace ActorStreams.Core.Codecs;

/// <summary>Enum values from text: a name of the type, and nothing else.</summary>
/// <remarks>
/// <see cref="Enum.TryParse{TEnum}(string, out TEnum)"/> takes numbers, lists and spaces besides, so that <c>7</c> and
/// <c>Monday,Tuesday</c> become values that the type does not have. Here a name counts as it is
/// written or else whatever its case, if only one has it. Lists of names, separated by commas, are for enums with
/// <see cref="FlagsAttribute"/>, which are sets; an empty set without a name is <c>0</c>, as .NET writes it.
/// </remarks>
internal static class EnumText
{
    private const int UsualName = 128;

    public static bool TryParse<TEnum>(ReadOnlySpan<char> text, out TEnum value)
        where TEnum : struct, Enum => Names<TEnum>.TryParse(text, out value);

    public static bool TryParse<TEnum>(ReadOnlySpan<byte> utf8, out TEnum value)
        where TEnum : struct, Enum
    {
        Span<char> text = utf8.Length <= UsualName ? stackalloc char[UsualName] : new char[utf8.Length];
        return Names<TEnum>.TryParse(text[..System.Text.Encoding.UTF8.GetChars(utf8, text)], out value);
    }

    /// <summary>Whether the value has a name, or is a set of such.</summary>
    public static bool IsMember<TEnum>(TEnum value)
        where TEnum : struct, Enum => Enum.IsDefined(value)
            || (Names<TEnum>.IsSet && (Names<TEnum>.BitsOf(value) & ~Names<TEnum>.AllBits) == 0);

    /// <summary>Whether values are sets of names.</summary>
    public static bool IsSet<TEnum>()
        where TEnum : struct, Enum => Names<TEnum>.IsSet;

    private static class Names<TEnum>
        where TEnum : struct, Enum
    {
        public static readonly bool IsSet = typeof(TEnum).IsDefined(typeof(FlagsAttribute), inherit: false);

        public static readonly ulong AllBits = Enum.GetValues<TEnum>().Aggregate(0UL, (bits, value) => bits | BitsOf(value));

        private static readonly Dictionary<string, TEnum> s_exact = Enum.GetNames<TEnum>()
            .ToDictionary(name => name, Enum.Parse<TEnum>, StringComparer.Ordinal);

        private static readonly Dictionary<string, TEnum> s_anyCase = s_exact.GroupBy(name => name.Key, StringComparer.OrdinalIgnoreCase)
            .Where(names => names.Select(name => name.Value).Distinct().Count() == 1)
            .ToDictionary(names => names.Key, names => names.First().Value, StringComparer.OrdinalIgnoreCase);

        private static readonly Dictionary<string, TEnum>.AlternateLookup<ReadOnlySpan<char>> s_exactOf =
            s_exact.GetAlternateLookup<ReadOnlySpan<char>>();
        private static readonly Dictionary<string, TEnum>.AlternateLookup<ReadOnlySpan<char>> s_anyCaseOf =
            s_anyCase.GetAlternateLookup<ReadOnlySpan<char>>();

        public static bool TryParse(ReadOnlySpan<char> text, out TEnum value) => TryName(text, out value)
            || (IsSet && TrySet(text, out value));

        public static ulong BitsOf(TEnum value) => Unsafe.SizeOf<TEnum>() switch
        {
            1 => Unsafe.As<TEnum, byte>(ref value),
            2 => Unsafe.As<TEnum, ushort>(ref value),
            4 => Unsafe.As<TEnum, uint>(ref value),
            _ => Unsafe.As<TEnum, ulong>(ref value),
        };

        private static bool TryName(ReadOnlySpan<char> text, out TEnum value) => s_exactOf.TryGetValue(text, out value)
            || s_anyCaseOf.TryGetValue(text, out value);

        private static bool TrySet(ReadOnlySpan<char> text, out TEnum value)
        {
            value = default;
            if (text is "0")
                return true;
            ulong bits = 0;
            foreach (Range name in text.Split(','))
            {
                if (!TryName(text[name].Trim(' '), out TEnum one))
                    return false;
                bits |= BitsOf(one);
            }

            value = Unsafe.As<ulong, TEnum>(ref bits);       // the lowest bytes come first on all that .NET runs on today
            return text.Contains(',');
        }
    }
}
