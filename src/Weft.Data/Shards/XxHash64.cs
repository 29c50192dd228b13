using System.Buffers.Binary;
using System.Numerics;

namespace Weft.Data;

/// <summary>
/// XXH64 over a stream, after the specification in github.com/Cyan4973/xxHash/doc/xxhash_spec.md. The platform's own lies in a
/// package; sixty lines are cheaper than a dependency of everybody who reads a shard.
/// </summary>
internal sealed class XxHash64
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;
    private const int Stripe = 32;

    private readonly ulong[] _lanes;
    private readonly ulong _seed;
    private readonly byte[] _pending = new byte[Stripe];
    private int _pendingCount;
    private ulong _length;

    public XxHash64(ulong seed = 0)
    {
        _seed = seed;
        _lanes = [unchecked(seed + Prime1 + Prime2), unchecked(seed + Prime2), seed, unchecked(seed - Prime1)];
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _length += (ulong)bytes.Length;
        if (_pendingCount > 0)
        {
            int taken = Math.Min(Stripe - _pendingCount, bytes.Length);
            bytes[..taken].CopyTo(_pending.AsSpan(_pendingCount));
            _pendingCount += taken;
            bytes = bytes[taken..];
            if (_pendingCount < Stripe)
                return;
            Consume(_pending);
            _pendingCount = 0;
        }
        int whole = bytes.Length / Stripe * Stripe;
        Consume(bytes[..whole]);
        bytes[whole..].CopyTo(_pending);
        _pendingCount = bytes.Length - whole;
    }

    public ulong Digest()
    {
        unchecked
        {
            ulong hash = _seed + Prime5;
            if (_length >= Stripe)
            {
                hash = BitOperations.RotateLeft(_lanes[0], 1) + BitOperations.RotateLeft(_lanes[1], 7)
                    + BitOperations.RotateLeft(_lanes[2], 12) + BitOperations.RotateLeft(_lanes[3], 18);
                foreach (ulong lane in _lanes)
                    hash = (hash ^ Round(0, lane)) * Prime1 + Prime4;
            }
            return Avalanche(Tail(hash + _length, _pending.AsSpan(0, _pendingCount)));
        }
    }

    private void Consume(ReadOnlySpan<byte> stripes)
    {
        (ulong a, ulong b, ulong c, ulong d) = (_lanes[0], _lanes[1], _lanes[2], _lanes[3]);
        for (; stripes.Length >= Stripe; stripes = stripes[Stripe..])
        {
            a = Round(a, BinaryPrimitives.ReadUInt64LittleEndian(stripes));
            b = Round(b, BinaryPrimitives.ReadUInt64LittleEndian(stripes[8..]));
            c = Round(c, BinaryPrimitives.ReadUInt64LittleEndian(stripes[16..]));
            d = Round(d, BinaryPrimitives.ReadUInt64LittleEndian(stripes[24..]));
        }
        (_lanes[0], _lanes[1], _lanes[2], _lanes[3]) = (a, b, c, d);
    }

    private static ulong Round(ulong lane, ulong input) =>
        unchecked(BitOperations.RotateLeft(lane + input * Prime2, 31) * Prime1);

    private static ulong Tail(ulong hash, ReadOnlySpan<byte> rest)
    {
        unchecked
        {
            for (; rest.Length >= 8; rest = rest[8..])
            {
                hash ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest));
                hash = BitOperations.RotateLeft(hash, 27) * Prime1 + Prime4;
            }
            if (rest.Length >= 4)
            {
                hash ^= BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime1;
                hash = BitOperations.RotateLeft(hash, 23) * Prime2 + Prime3;
                rest = rest[4..];
            }
            foreach (byte value in rest)
                hash = BitOperations.RotateLeft(hash ^ (value * Prime5), 11) * Prime1;
            return hash;
        }
    }

    private static ulong Avalanche(ulong hash)
    {
        unchecked
        {
            hash = (hash ^ (hash >> 33)) * Prime2;
            hash = (hash ^ (hash >> 29)) * Prime3;
            return hash ^ (hash >> 32);
        }
    }
}
