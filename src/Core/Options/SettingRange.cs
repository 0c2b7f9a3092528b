namespace ActorStreams.Core.Options;

/// <summary>The values that a setting may have.</summary>
internal static class SettingRange
{
    /// <summary>A setting, if it is from <paramref name="least"/> to <paramref name="most"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside of that range.</exception>
    public static int Check(int value, int least, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most);
        return value;
    }
}
