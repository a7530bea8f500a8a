# SPDX-License-Identifier: Apache-2.0
mkdir a a/b; mkdir -p c/d/e; mkdir a; echo $?; mkdir x/y 2>/dev/null; echo $?; mkdir -m 700 p; mkdir -p -m 711 q/r; rmdir a; echo $?; rmdir -p c/d/e; rm -rf q; rm nothere 2>/dev/null; echo $?; rm -f nothere; echo $?; rm a 2>/dev/null; echo $?
####
echo hi >f; chmod 600 f; cp f g; cp -p f h; chmod u+x,go+r g; chmod a-r h; chmod +x h; chmod g=u h; chmod 4755 f; mkdir d; chmod g+s d; chmod 755 d; chmod o+t d; chmod =rx g; chmod a=r,u+w h; chmod nonsense h 2>/dev/null; echo $?; chmod 0644 missing 2>/dev/null; echo $?
####
mkdir -p s/t; echo 1 >s/a; echo 2 >s/t/b; ln -s a s/l; ln -s /nowhere s/dang; cp -r s d1; cp -a s d2; cp -rL s/l d3; cp s/l d4; cp -d s/l d5; cp -r s d1; cp s/a s/t/b d2; cp s/a nodir/x 2>/dev/null; echo $?; cp s d9 2>/dev/null; echo $?
####
echo a >a; mv a b; mkdir d; mv b d; mv d/b d/c; mv d e; mkdir f; mv e f; mv -n f/e/c f/e/c2; echo x>y; mv -f y f/e/c2; mv -T f g; mv nope z 2>/dev/null; echo $?; mkdir m n; touch n/x; mv m n; mv n n/y 2>/dev/null; echo $?
####
ln -s t l1; ln -sf u l1; mkdir d; ln -s d dl; ln -s x dl; ln -sfn y dl; ln -sf z d; echo q >f; ln f h; echo w >>h; ln -s ../f d/rel; ln -sr f d/rel2; ln -s a b c d; ln -s f f 2>/dev/null; echo $?; ln -sT f2 k; ln -f f h2; ln -sr d/rel top
####
install -d a/b/c; install -d -m 750 x y/z; echo h >f; install f a; install -m 644 f g; install -m 600 f a/b; install -D -m 644 f p/q/r; install -D f t/u/; echo $?; install -m u=rw,go=r f k; install -t a/b/c f g; install nof zz 2>/dev/null; echo $?
####
touch a b; touch -c c; ls_=1; mkdir d; touch d; touch nodir/x 2>/dev/null; echo $?; ln -s later dang; touch dang
####
basename /usr/lib/x.so .so; basename a/b/; basename / ; basename -s .c a.c b.c; basename x x; dirname /usr/lib/x; dirname a; dirname a/b//; dirname /; dirname /x a/b/c; dirname a//b
####
mkdir -p a/b; touch a/b/f; ln -s a/b l; ln -s f a/b/fl; readlink l; readlink a || echo no; cd a; x=$(readlink -f b/fl); echo ${x##*/}; x=$(readlink -f ../l/nope); echo ${x##*/}; readlink -e nope || echo none; readlink -f x/y/z || echo none2; realpath nope >/dev/null; echo $?; realpath x/y 2>/dev/null || echo no3; x=$(realpath ../l/fl); echo ${x##*/}; readlink -n ../l; echo; x=$(readlink -m q/w/e); echo ${x##*/}
####
printf '1\n2\n3\n4\n5' >f; cat f; echo; head -n 2 f; head -2 f; tail -n 2 f; echo; tail -n +4 f; echo; head -c 3 f; tail -c 3 f; echo; head -n -2 f; wc -l <f; wc -l f; wc -c f; wc -w <f; cat f - <f | wc -l; cat nof f 2>/dev/null; echo $?; tail -1 f; echo a | tee t1 t2; echo b | tee -a t1; cat t1
####
printf 'a:b:c\nd\n:e\n' >f; cut -d: -f2 f; cut -d : -f 1,3 f; cut -f2- -d: f; cut -c1 f; cut -c2-3 f; cut -sd: -f2 f; cut -d: -f-2 f; cut -d: -f2,1 f; echo 'x  y' | cut -d' ' -f3; cut -d: --output-delimiter=_ -f1,2 f; cut --complement -d: -f1 f; cut -b 1-2,4 f
####
rm -r . 2>/dev/null; echo $?; mkdir d; rm d 2>/dev/null; echo $?; rm -d d; echo $?; rm; echo $?; rm -f; echo $?; mkdir -p e/f; rm -r e; rm -rf e; echo $?; touch -- -x; rm -- -x; rmdir --ignore-fail-on-non-empty . 2>/dev/null; mkdir k; touch k/z; rmdir --ignore-fail-on-non-empty k; echo $?
####
umask 077; mkdir -p u/v; touch w; umask 022; cp w w2; mkdir -m 777 x; install -d y; echo 1 >o; chmod 640 o; echo 2 >n; chmod 600 n; cp o n; cp -f o new; cat n; cp --preserve=mode o pm
####
ln -s real l; echo data >real; cp l c; echo new >n; cp n l; cat real; cp -P l lc; mv n l; cat l; ln -s nowhere d; cp l d 2>/dev/null; echo $?; cp -a d d2; rm l; ls_=; [ -e real ] && echo still; echo z >d 2>/dev/null; [ -f nowhere ] && echo created
####
t=$(mktemp -d ./foo.XXXXXX); [ -d "$t" ] && echo dir; rmdir "$t"; t=$(mktemp ./bXXX); [ -f "$t" ] && echo file; rm "$t"; mktemp x 2>/dev/null || echo bad; t=$(mktemp -u ./kXXXX); [ -e $t ] || echo dry
####
cp a b c 2>/dev/null; echo $?; mv a 2>/dev/null; echo $?; ln 2>/dev/null; echo $?; touch 2>/dev/null; echo $?; mkdir 2>/dev/null; echo $?; chmod 644 2>/dev/null; echo $?; cat >o <<E
$(echo in) it
E
cat o; cat <o >p; cat < p; : | cat; cat /dev/null; echo q | cat - o
